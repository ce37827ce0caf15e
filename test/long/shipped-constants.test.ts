import { insertJobs, openPostgres } from '@turno/postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newJob } from '../support/new-job.mjs';
import { eventually } from '../support/eventually.ts';
import { testKindsDir } from '../support/kinds.ts';
import { reply, startReceiver } from '../support/http/receivers.ts';
import { redisCommand } from '../support/stores/redis-command.ts';
import { type Api, startApi } from '../support/apps/start-api.ts';
import { startApp } from '../support/apps/start-app.ts';
import { testKey, testSettings } from '../support/apps/start-turno.ts';
import { stores } from '../support/stores/stores.ts';
import { register } from '../support/http/webhooks.ts';

/* Each detector finds its fault by the pace at which it ships. The other tests start workers with shorter intervals. */

const settings = { KINDS_DIR: testKindsDir, OUTBOUND_ALLOW_HOSTS: '127.0.0.1' };
const timeout = { withinMs: 150_000 };
const { databaseUrl, redisUrl, redisPrefix } = await stores();
const postgres = openPostgres({ url: databaseUrl, poolMax: 2, prepare: true, name: 'shipped' });
const { sql } = postgres;
let api: Api;
beforeAll(async () => {
  api = await startApi(settings);
});
afterAll(() => postgres.close());

const startWorker = async () => startApp('worker', await testSettings(settings));

async function submit(options: object = {}): Promise<string> {
  const response = await api.request('/v1/jobs', { body: { kind: 'test.noop', input: {}, options } });
  expect(response.status).toBe(202);
  return ((await response.json()) as { id: string }).id;
}

const stateOf = async (id: string) => (await sql`SELECT state FROM jobs WHERE id = ${id}`)[0]?.['state'] as unknown;
const completed = (id: string) => eventually(async () => expect(await stateOf(id)).toBe('completed'), timeout);

/** Removes keys from Redis as a crash without persistence would. */
async function lose(pattern: string): Promise<void> {
  const script = "for _, key in ipairs(redis.call('KEYS', ARGV[1])) do redis.call('DEL', key) end";
  await redisCommand(redisUrl, 'EVAL', script, '0', `${redisPrefix}:${pattern}`);
}

/** Submits a job and waits until BullMQ has its ticket. There is no worker yet. */
async function submitToBullmq(): Promise<string> {
  const id = await submit();
  await eventually(async () => {
    const keys = await redisCommand(redisUrl, 'KEYS', `${redisPrefix}:bull:io:${id}-*`);
    expect(keys).toContain(id);
  });
  return id;
}

test('With the shipped constants, a ticket that was lost with all data of Redis is redispatched', async () => {
  const id = await submitToBullmq();
  await lose('*');
  const worker = await startWorker();
  await completed(id);
  await worker.stop();
});

test('With the shipped constants, a ticket that Redis lost alone is found by the reconciliation', async () => {
  // A job that runs before gives this life of Redis its number and shows that the ticket below went to it.
  const first = await startWorker();
  await completed(await submit());
  await first.stop();
  const id = await submitToBullmq();
  await lose(`bull:io:*`);
  const worker = await startWorker();
  await completed(id);
  await worker.stop();
});

test('With the shipped constants, a delayed job is promoted, and a blocked job without a cause is released', async () => {
  const worker = await startWorker();
  const delayed = await submit({ delaySeconds: 2 });
  await sql`INSERT INTO tenants (id, name, plan) VALUES ('ten_test', 'test', 'unlimited')`;
  const blocked = newJob({ kind: 'test.noop', backlog: true, blocked: true });
  await insertJobs(sql, [blocked]);
  await completed(delayed);
  await completed(blocked.id);
  await worker.stop();
});

test('With the shipped constants, a job that waits at its deadline fails, and jobs are indexed for search', async () => {
  const late = await submit({ delaySeconds: 3_600 });
  await sql`UPDATE jobs SET deadline_at = now() WHERE id = ${late}`;
  const worker = await startWorker();
  await eventually(async () => expect(await stateOf(late)).toBe('failed'), timeout);
  await eventually(async () => {
    const [row] = await sql`SELECT count(*)::int AS due FROM job_inputs WHERE search_due`;
    expect(row).toEqual({ due: 0 });
  }, timeout);
  await worker.stop();
});

test('With the shipped constants, a final job beyond the retention is purged', async () => {
  const worker = await startWorker();
  const id = await submit();
  await completed(id);
  await sql`UPDATE jobs SET finished_at = now() - interval '8 days' WHERE id = ${id}`;
  await eventually(async () => expect(await stateOf(id)).toBeUndefined(), timeout);
  await worker.stop();
});

test('With the shipped constants, a due schedule creates its job', async () => {
  const body = { kind: 'test.noop', input: {}, cron: '* * * * *', timezone: 'UTC' };
  const response = await api.request('/v1/schedules/every-minute', { method: 'PUT', body });
  expect(response.status).toBe(201);
  const worker = await startWorker();
  await eventually(async () => expect(await sql`SELECT slot FROM schedule_slots`).not.toHaveLength(0), timeout);
  expect((await api.request('/v1/schedules/every-minute', { method: 'DELETE' })).status).toBe(204);
  await worker.stop();
});

test('With the shipped constants, a delivery whose worker was killed while sending is sent again', async () => {
  let answers = false;
  const receiver = await startReceiver((socket, request, count) => {
    if (answers) reply(200)(socket, request, count);
  });
  await register({ request: (path, init) => api.request(path, { ...init, key: testKey }) }, receiver.url);
  const worker = await startWorker();
  await completed(await submit());
  await eventually(() => expect(receiver.received.length).toBeGreaterThan(0), timeout);
  worker.kill('SIGKILL');
  await worker.exited;
  answers = true;
  const other = await startWorker();
  await eventually(async () => {
    const states = (await sql`SELECT DISTINCT state FROM deliveries`).map(({ state }) => state as unknown);
    expect(states).toEqual(['delivered']);
  }, timeout);
  await other.stop();
});
