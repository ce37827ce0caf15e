import { createRunningAttempts, listenForStops } from '@turno/jobs';
import { openPostgres, stopChannel } from '@turno/postgres';
import { broadcast, subscribeToBroadcasts, openRedis } from '@turno/redis';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { stores } from '../support/stores/stores.ts';
import { throughGate } from '../support/http/tcp-gate.ts';

const log = pino({ enabled: false });
const { databaseUrl, redisUrl: url, redisPrefix: prefix } = await stores();
const { gate, url: gatedUrl } = await throughGate(databaseUrl);
const postgres = openPostgres({ url: gatedUrl, poolMax: 1, prepare: true, name: 'stops' });
const redis = { publisher: openRedis({ url, role: 'cache', log }), ear: openRedis({ url, role: 'subscriber', log }) };
const running = createRunningAttempts();
const channel = { prefix, topic: 'stop' } as const;
beforeAll(async () => {
  const subscribe = (take: (notice: string) => void) => subscribeToBroadcasts(redis.ear, channel, take);
  await listenForStops({ sql: postgres.sql, running, log, subscribe });
  await eventually(() => redis.publisher.status === 'ready' && redis.ear.status === 'ready');
});
afterAll(async () => {
  redis.publisher.disconnect();
  redis.ear.disconnect();
  await postgres.close();
  gate.close();
});

const begin = (jobId: string, ticket: number) => running.begin({ jobId, ticket, claim: `${jobId}-${ticket}` });
const byPostgres = (notice: string) => postgres.sql.notify(stopChannel, notice);
const byRedis = (notice: string) => broadcast(redis.publisher, channel, notice);

test.each([
  ['Postgres', byPostgres],
  ['Redis', byRedis],
])('A stop that only %s delivers ends the attempt', async (road, send) => {
  const { signal } = begin(`job_${road}`, 1);
  await eventually(async () => {
    await send(`job_${road} 1`);
    return signal.aborted;
  });
  expect(signal.reason).toMatchObject({ code: 'cancelled' });
});

test('A late stop does not end the next run of the same job', async () => {
  const first = begin('job_late', 1);
  const next = begin('job_late', 3);
  await byPostgres('job_late 1');
  await eventually(() => first.signal.aborted);
  expect(next.signal.aborted).toBe(false);
});

test('A stop that arrives before its attempt begins ends this attempt and no later one', async () => {
  const marker = begin('job_marker', 1);
  await byPostgres('job_early 4');
  await byPostgres('job_marker 1');
  await eventually(() => marker.signal.aborted);
  expect(begin('job_early', 4).signal.aborted).toBe(true);
  expect(begin('job_early', 6).signal.aborted).toBe(false);
});

test('Stops arrive again after both connections were lost', async () => {
  const { sql } = postgres;
  await sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()`;
  redis.ear.disconnect(true);
  for (const [name, send] of [
    ['postgres', byPostgres],
    ['redis', byRedis],
  ] as const) {
    const { signal } = begin(`job_again_${name}`, 1);
    await eventually(async () => {
      await send(`job_again_${name} 1`);
      return signal.aborted;
    });
  }
});

test.each(['shut', 'hang'] as const)(
  'Stops arrive again after Postgres could not be reached for a while: %s',
  async (how) => {
    gate[how]();
    for (let seen = 0; seen < (how === 'shut' ? 3 : 1); seen += 1) expect(await postgres.ping()).toBe(false);
    gate.open();
    const { signal } = begin(`job_${how}`, 1);
    await eventually(async () => {
      await byPostgres(`job_${how} 1`).catch(() => {});
      return signal.aborted;
    });
  },
);

test('When all attempts are stopped, an attempt whose claim was under way is stopped as it begins', () => {
  const attempts = createRunningAttempts();
  const before = attempts.begin({ jobId: 'job_before', ticket: 1, claim: 'before' });
  attempts.stopAll({ code: 'shutdown', message: 'The worker stops.' });
  const after = attempts.begin({ jobId: 'job_after', ticket: 1, claim: 'after' });
  for (const { signal } of [before, after]) expect(signal.reason).toMatchObject({ code: 'shutdown' });
});
