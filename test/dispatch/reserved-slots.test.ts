import { submitOptions } from '@turno/contract';
import {
  createBacklogLimits,
  createBlockedJobs,
  createDispatcher,
  createJobReader,
  createPositions,
  createWindow,
  parseJobRequest,
  type SubmitDeps,
  submitJob,
  submitJobs,
  watchDueWork,
} from '@turno/jobs';
import { loadCatalogue } from '@turno/kinds';
import { createBatcher, insertSubmissions, openPostgres, type Submission, type Submitted } from '@turno/postgres';
import { createProducer } from '@turno/queue';
import { createJobCache, openRedis } from '@turno/redis';
import type { Caller } from '@turno/tenants';
import { pino } from 'pino';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { testKindsDir } from '../support/kinds.ts';
import { stores } from '../support/stores/stores.ts';

const { databaseUrl, redisUrl, redisPrefix: prefix } = await stores();
const log = pino({ enabled: false });
const open = () => openPostgres({ url: databaseUrl, poolMax: 4, prepare: true, name: 'slots' });
const postgres = open();
const { sql } = postgres;
const redis = openRedis({ url: redisUrl, role: 'cache', log });
const dueWork = await watchDueWork({ sql, log });
const catalogue = await loadCatalogue({ kindsDir: testKindsDir });
const submissions = (to: typeof sql, timeoutMs = 60_000) =>
  createBatcher<Submission, Submitted>({
    flush: (together) => insertSubmissions(to, together),
    key: ({ jobs: [first] }) => first?.id ?? '',
    timeoutMs,
  });
const backlogLimits = createBacklogLimits({ sql, log, jobsMax: 1_000, countEveryMs: 1_000 });
const cache = createJobCache(redis, { prefix, seconds: 60, bytesMax: 10_000 });
const reader = createJobReader({
  sql,
  cache,
  positions: createPositions({ sql, log }),
  retentionDays: 1,
  memoryBytes: 0,
  memoryMs: 1,
});
const plan = { jobsWaitingMax: null, concurrentRunsMax: null } as Caller['plan'];
const caller: Caller = {
  tenantId: 'ten_test',
  keyId: 'key_test',
  scopes: new Set(),
  plan,
  requests: { month: '2026-01', used: 0 },
  isOperator: false,
};

let window: ReturnType<typeof openWindow>;
let deps: SubmitDeps;
let queues = 0;

function openWindow(producer: ReturnType<typeof createProducer>) {
  return createWindow({ producer, log, dueWork, size: 100 });
}

const hasCapacity = (one: typeof window) =>
  ['io', 'cpu'].every((queue) => one.capacity(queue) > 10 && !one.hasBacklog(queue));

/** A window of empty queues that no longer samples BullMQ, so only reservations change its capacity. */
beforeEach(async () => {
  queues += 1;
  const producer = createProducer({ redisUrl, prefix: `${prefix}:${queues}` }, log);
  const dispatcher = createDispatcher({ sql, producer, log });
  window = openWindow(producer);
  await eventually(() => hasCapacity(window));
  await window.close();
  const blockedJobs = createBlockedJobs({ sql, dispatcher, window, pauses: dueWork, log });
  deps = {
    sql,
    submissions: submissions(sql),
    window,
    backlogLimits,
    dispatcher,
    blockedJobs,
    noteBacklog: () => {},
    reader,
    vetJobWebhooks: () => Promise.reject(new Error('no job here has a webhook')),
    retentionDays: 1,
    receiversMax: 1,
  };
  return async () => {
    await Promise.all([blockedJobs.close(), dispatcher.close()]);
    await producer.close();
  };
});
afterAll(async () => {
  await Promise.all([dueWork.stop(), backlogLimits.close()]);
  redis.disconnect();
  await postgres.close();
});

const requestOf = (kind: string, input: unknown, options: Record<string, unknown> = {}) =>
  parseJobRequest(catalogue, { kind, input, options: submitOptions.parse(options) });
const key = (text: string) => ({ text, requestSha256: 'ab'.repeat(32) });

test('A committed job takes one slot of the window', async () => {
  const before = window.capacity('io');
  await submitJob(deps, caller, { request: requestOf('test.noop', {}) });
  expect(window.capacity('io')).toBe(before - 1);
});

test('A submit whose Idempotency-Key was used before releases its slots', async () => {
  const request = requestOf('test.noop', {});
  await submitJob(deps, caller, { request, key: key('taken') });
  const before = window.capacity('io');
  const again = await submitJob(deps, caller, { request, key: key('taken') });
  const batch = await submitJobs(deps, caller, { requests: [request, request], key: key('taken') });
  expect([again.replayed, batch.replayed]).toEqual([true, true]);
  expect(window.capacity('io')).toBe(before);
});

test('Identical submits that share one new job use one slot of the window', async () => {
  const request = requestOf('math.sum-of-squares', { n: 3 }, { cacheSeconds: 60 });
  const before = window.capacity('cpu');
  const answers = await Promise.all(Array.from({ length: 8 }, () => submitJob(deps, caller, { request })));
  expect(answers.filter(({ sharing }) => sharing?.how === 'made')).toHaveLength(1);
  expect(window.capacity('cpu')).toBe(before - 1);
});

test('A submit that Postgres does not answer releases its slot', async () => {
  const lost = open();
  await lost.close();
  const before = window.capacity('io');
  const submit = submitJob({ ...deps, submissions: submissions(lost.sql, 1_000) }, caller, {
    request: requestOf('test.noop', {}),
  });
  await expect(submit).rejects.toMatchObject({ code: 'store-unavailable' });
  expect(window.capacity('io')).toBe(before);
});

test('A scheduled job takes no slot of the window', async () => {
  const before = window.capacity('io');
  const runAt = new Date(Date.now() + 3_600_000).toISOString();
  const { views } = await submitJob(deps, caller, { request: requestOf('test.noop', {}, { runAt }) });
  expect(views[0].state).toBe('scheduled');
  await submitJob(deps, caller, { request: requestOf('test.noop', {}, { delaySeconds: 60 }) });
  expect(window.capacity('io')).toBe(before);
});

test('A slot that is released after the next sample of BullMQ is not counted twice', async () => {
  const producer = createProducer({ redisUrl, prefix: `${prefix}:counted` }, log);
  const counting = openWindow(producer);
  await eventually(() => hasCapacity(counting));
  const before = counting.capacity('io');
  const slots = Array.from({ length: 5 }, () => counting.tryReserveSlot('io', 'test.noop'));
  expect(slots).not.toContain(undefined);
  await eventually(() => counting.capacity('io') >= before);
  await counting.close();
  await producer.close();
  const capacity = counting.capacity('io');
  for (const slot of slots) slot?.release();
  expect(counting.capacity('io')).toBe(capacity);
});
