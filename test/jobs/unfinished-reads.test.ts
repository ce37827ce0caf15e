import { createJobReader, createPositions, type JobView } from '@turno/jobs';
import { claimJobs, insertJobs, openPostgres } from '@turno/postgres';
import { createJobCache, openRedis } from '@turno/redis';
import { pino } from 'pino';
import { afterAll, expect, test } from 'vitest';
import { jobsByHand } from '../support/jobs-by-hand.ts';
import { newJob } from '../support/new-job.mjs';
import { stores } from '../support/stores/stores.ts';

const { databaseUrl, redisUrl, redisPrefix: prefix } = await stores();
const log = pino({ enabled: false });
const postgres = openPostgres({ url: databaseUrl, poolMax: 4, prepare: true, name: 'unfinished' });
const { sql } = postgres;
const redis = openRedis({ url: redisUrl, role: 'cache', log });
const hand = await jobsByHand();
afterAll(async () => {
  redis.disconnect();
  await Promise.all([hand.close(), postgres.close()]);
});

const settings = { cache: createJobCache(redis, { prefix, seconds: 60, bytesMax: 100_000 }), retentionDays: 1 };
const positions = createPositions({ sql, log });
const openReader = (memoryBytes: number) =>
  createJobReader({ sql, ...settings, positions, memoryBytes, memoryMs: 600_000 });
const withMemory = openReader(1_000_000);
const withoutMemory = openReader(0);

async function submitted(): Promise<string> {
  const job = newJob({ tenantId: 'ten_test', kind: 'test.noop', input: '{"value":1}' });
  await insertJobs(sql, [job]);
  return job.id;
}

/** Read twice, since the second read may come from memory, and by a reader that has none. */
async function expectAsInPostgres(id: string): Promise<JobView | undefined> {
  const first = await withMemory.read('ten_test', id);
  const second = await withMemory.read('ten_test', id);
  const now = await withoutMemory.readNow('ten_test', id);
  expect([first, second]).toEqual([now, now]);
  return second;
}

test('A job that was read before is shown as Postgres has it after each change', async () => {
  const id = await submitted();
  const states = [(await expectAsInPostgres(id))?.state];
  await hand.start(id);
  states.push((await expectAsInPostgres(id))?.state);
  await hand.progress(id, 40);
  expect((await expectAsInPostgres(id))?.progressPercent).toBe(40);
  await hand.complete(id, '{"value":2}');
  states.push((await expectAsInPostgres(id))?.state);
  expect(states).toEqual(['queued', 'running', 'completed']);
});

test('A job that was read before is not found by another tenant, and by nobody once it is erased', async () => {
  const id = await submitted();
  await expectAsInPostgres(id);
  expect(await withMemory.read('ten_other', id)).toBeUndefined();
  expect(await withMemory.read('ten_test', id)).toMatchObject({ id });
  await hand.erase(id);
  expect(await withMemory.read('ten_test', id)).toBeUndefined();
});

test('A claim that a crash of Postgres undid is not shown in the place of the next one with its version', async () => {
  const id = await submitted();
  const claim = { jobId: id, ticket: 1, worker: 'lost', claim: '0b5f9b3e-6a3f-4b52-9d0c-0f4a3f1c9d11' };
  await claimJobs(sql, [claim]);
  await expectAsInPostgres(id);
  await sql`UPDATE jobs SET started_at = started_at + interval '1 second' WHERE id = ${id}`;
  await expectAsInPostgres(id);
});

test('A repeated read of an unfinished job returns the text of the first read and asks no Redis', async () => {
  const id = await submitted();
  const first = await withMemory.read('ten_test', id);
  const gets = async () => Number(/cmdstat_get:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1] ?? 0);
  const before = await gets();
  expect(await withMemory.read('ten_test', id)).toBe(first);
  expect(await gets()).toBe(before);
});
