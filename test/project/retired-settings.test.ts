import { expect, test } from 'vitest';
import { apiConstants } from '../../apps/api/src/constants.ts';
import { filesConstants } from '../../apps/files/src/constants.ts';
import { workerConstants } from '../../apps/worker/src/constants.ts';
import { findMisspelledSettings } from '../../libs/runtime/src/settings/misspelled-settings.ts';
import { findRetiredSettings, listRetiredSettings } from '../../libs/runtime/src/settings/retired-settings.ts';
import { settingNames } from '../../libs/runtime/src/settings/setting-names.ts';

const constants = [apiConstants, workerConstants, filesConstants].flatMap((groups) =>
  Object.entries(groups).flatMap(([group, values]) => Object.keys(values).map((name) => `${group}.${name}`)),
);

/** Every name of .env.example that went when most settings became constants. */
const gone = `
  AUTH_FAILURES_PER_MINUTE BACKLOG_LOOK_MS BODY_BYTES_MAX DISPATCH_LOST_AFTER_MS EVENTS_HEARTBEAT_MS
  EVENTS_KEEP_SECONDS EVENTS_PER_JOB_MAX EVENT_LOG_CHARS_MAX EVENT_LOG_LINES_MAX EVENT_STREAMS_PER_KEY_MAX
  FETCH_STUCK_MS FILES_ERASE_EVERY_MS FILES_MAX_CONNECTIONS FILES_STALL_SECONDS FILES_SWEEP_EVERY_MS FILE_BYTES_MAX
  FILE_READ_BYTES_MAX HEAL_EVERY_MS HTTP_HEADERS_TIMEOUT_SECONDS HTTP_HEADER_BYTES_MAX HTTP_KEEP_ALIVE_SECONDS
  HTTP_REQUEST_TIMEOUT_SECONDS IDEMPOTENCY_HOURS KEPT_OUTPUT_BYTES_MAX KEYS_PER_TENANT_MAX LEASE_MS
  LEASE_RENEW_EVERY_MS LET_GO_EVERY_MS LOOP_BLOCKED_MS_MAX MAINTENANCE_ROWS_MAX OUTPUT_BYTES_MAX
  OUTPUT_INLINE_BYTES_MAX PROMOTE_EVERY_MS PURGE_EVERY_MS PURGE_ROWS_MAX RECONCILE_AFTER_MS RECONCILE_EVERY_MS
  RECONCILE_ROWS_MAX REDISPATCH_EVERY_MS REFILL_EVERY_MS RELEASE_EVERY_MS RESCUE_EVERY_MS RESULT_MEMORY_SECONDS
  SCHEDULES_EVERY_MS SCHEDULES_PER_TENANT_MAX SCHEDULE_MISSED_AFTER_SECONDS SEARCH SEARCH_EVERY_MS SWEEP_ROWS_MAX
  UNSAVED_OUTPUT_BYTES_MAX WEBHOOK_CONCURRENCY WEBHOOK_DISPATCH_EVERY_MS WEBHOOK_ENDPOINT_CONCURRENCY
  WEBHOOK_LOST_AFTER_MS WEBHOOK_PAUSE_MS WEBHOOK_RECEIVERS_PER_JOB_MAX WEBHOOK_RETRY_SECONDS WEBHOOK_TIMEOUT_MS
`
  .trim()
  .split(/\s+/);

test('Every setting that became a constant is known as retired', () => {
  expect(listRetiredSettings().map(([name]) => name)).toEqual(gone);
});

test.each(listRetiredSettings())('The retired %s is refused with the name of its constant %s', (name, constant) => {
  expect(settingNames).not.toContain(name);
  expect(constants).toContain(constant);
  for (const given of [name, `${name}_FILE`])
    expect(findRetiredSettings({ [given]: '1', PATH: '/bin' })).toEqual([
      expect.stringMatching(new RegExp(`^${given}: .*${constant}`)),
    ]);
});

test('A retired name without a value is not refused', () => {
  expect(findRetiredSettings({ LEASE_MS: '' })).toEqual([]);
});

test.each([
  ['REDIS_UR', 'REDIS_URL'],
  ['REDIS_URLS', 'REDIS_URL'],
  ['REDIS-URL', 'REDIS_URL'],
  ['SECRET_KEYS_FILE', 'SECRET_KEY_FILE'],
  ['WORKER_QUEUE', 'WORKER_QUEUES'],
  ['IO_CONCURENCY', 'IO_CONCURRENCY'],
])('%s, one letter from %s, is one line that names both', (given, meant) => {
  const found = findMisspelledSettings({ [given]: 'x' });
  expect(found).toEqual([expect.stringContaining(given)]);
  expect(found).toEqual([expect.stringContaining(`${meant} meant`)]);
});

test.each([
  ['a setting', { PORT: '1', SECRET_KEY_FILE: '/run/secret' }],
  ['two letters away', { REDSI_URL: 'x', DATABASE: 'x' }],
  ['an empty value', { REDIS_URLS: '' }],
  ['the command line’s own names', { TURNO_URL: 'http://a', TURNO_KEY: 'k' }],
  [
    'the links of a Kubernetes service called file, and of one called boards',
    {
      FILE_PORT: 'tcp://10.0.0.7:3002',
      FILE_SERVICE_HOST: '10.0.0.7',
      FILE_SERVICE_PORT: '3002',
      FILE_PORT_3002_TCP: 'tcp://10.0.0.7:3002',
      BOARDS_PORT: 'udp://10.0.0.8:53',
    },
  ],
  [
    'names that systems and platforms set',
    {
      PATH: '/bin',
      HOSTNAME: 'a',
      HOSTTYPE: 'x86_64',
      HOSTFILE: '/etc/hosts',
      HOME: '/root',
      PWD: '/',
      SHLVL: '1',
      TERM: 'xterm',
      LOGNAME: 'a',
      MAIL: '/var/mail/a',
      NODE_ENV: 'production',
      KUBERNETES_PORT: 'tcp://10.0.0.1:443',
      K_SERVICE: 'a',
      DYNO: 'web.1',
      INVOCATION_ID: 'a',
    },
  ],
])('%s: no warning', (_what, environment) => {
  expect(findMisspelledSettings(environment)).toEqual([]);
});
