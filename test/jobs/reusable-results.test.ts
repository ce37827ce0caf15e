import type { Job } from '@turno/contract';
import { openPostgres } from '@turno/postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { jobsByHand, type JobsByHand } from '../support/jobs-by-hand.ts';
import { addKey, type Api, startApi } from '../support/apps/start-api.ts';
import { stores } from '../support/stores/stores.ts';

const postgres = openPostgres({ url: (await stores()).databaseUrl, poolMax: 1, prepare: true, name: 'shared' });
const { sql } = postgres;
let apis: Api[];
let hand: JobsByHand;
beforeAll(async () => {
  [hand, ...apis] = await Promise.all([jobsByHand(), startApi(), startApi()]);
});
afterAll(() => Promise.all([hand.close(), postgres.close()]));

interface Given {
  api?: Api | undefined;
  key?: string;
  headers?: Record<string, string>;
  options?: Record<string, unknown>;
  kind?: string;
}

async function submit(n: number, given: Given = {}) {
  const { api = apis[0], key, headers = {}, options, kind = 'math.sum-of-squares' } = given;
  const body = { kind, input: { n }, options: { cacheSeconds: 60, ...options } };
  const response = await api?.request('/v1/jobs', { body, headers, ...(key !== undefined && { key }) });
  if (response === undefined) throw new Error('no API');
  const status = response.headers.get('cache-status');
  const age = Number(response.headers.get('age') ?? NaN);
  return { status: response.status, cache: status, age, response, job: (await response.json()) as Job };
}

async function complete(id: string, secondsAgo = 0): Promise<void> {
  await hand.start(id);
  await hand.complete(id, '{"sum":"5"}');
  await sql`UPDATE jobs SET finished_at = now() - ${secondsAgo}::int * interval '1 second' WHERE id = ${id}`;
}

const jobsFor = (n: number) =>
  sql<{ id: string }[]>`SELECT job_id AS id FROM job_inputs WHERE input->>'n' = ${String(n)} ORDER BY 1`;

test('Identical work that is submitted two hundred times at once, to two processes, is one job', async () => {
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, n) => {
      return submit(1, { api: apis[n % 2], headers: { 'idempotency-key': `identical-${n}` } });
    }),
  );
  expect([...new Set(answers.map(({ status }) => status))]).toEqual([202]);
  expect(new Set(answers.map(({ job }) => job.id)).size).toBe(1);
  expect(await jobsFor(1)).toHaveLength(1);
  const fresh = answers.filter(({ response }) => !response.headers.has('idempotency-replayed'));
  const misses = fresh.filter(({ cache }) => cache === 'turno; fwd=miss');
  // Only the answer that reports the new job may be lost to a slow Postgres; its repeat is a replay.
  expect(fresh.length === answers.length ? [1] : [0, 1]).toContain(misses.length);
  expect(fresh.filter(({ cache }) => cache === 'turno; fwd=miss; collapsed')).toHaveLength(
    fresh.length - misses.length,
  );
});

test('A completed result is reused while it is fresh enough for the caller, and one new job then replaces it', async () => {
  const { job } = await submit(2);
  await complete(job.id, 30);
  const hit = await submit(2, { api: apis[1] });
  expect([hit.status, hit.cache, hit.job.id, hit.job.output]).toEqual([200, 'turno; hit', job.id, { sum: '5' }]);
  expect(hit.age).toBeGreaterThanOrEqual(30);
  const fresh = await Promise.all(
    Array.from({ length: 60 }, (_, n) => submit(2, { api: apis[n % 2], options: { cacheSeconds: 10 } })),
  );
  const [next] = new Set(fresh.map((one) => one.job.id));
  expect(new Set(fresh.map((one) => one.job.id)).size).toBe(1);
  expect(next).not.toBe(job.id);
  // The older result is still young enough for a larger cacheSeconds.
  expect(await submit(2)).toMatchObject({ status: 200, job: { id: job.id } });
  await hand.start(next ?? '');
  await hand.fail(next ?? '', 'no-luck');
  expect(await submit(2)).toMatchObject({ status: 200, job: { id: job.id } });
});

test('The results of failed and cancelled jobs are never reused', async () => {
  const first = await submit(3);
  await hand.start(first.job.id);
  await hand.fail(first.job.id, 'no-luck');
  const second = await submit(3);
  expect(second.job.id).not.toBe(first.job.id);
  await apis[0]?.request(`/v1/jobs/${second.job.id}/cancel`, { method: 'POST' });
  const third = await submit(3);
  expect([first.job.id, second.job.id]).not.toContain(third.job.id);
  expect(third.cache).toBe('turno; fwd=miss');
});

test('A submit with other options, without cacheSeconds, or of another tenant creates its own job', async () => {
  const first = await submit(4);
  await complete(first.job.id);
  const other = await addKey('ten_other', ['jobs:write']);
  const own = [
    await submit(4, { options: { priority: 1 } }),
    await submit(4, { options: { tags: ['mine'] } }),
    await submit(4, { options: { cacheSeconds: null } }),
    await submit(4, { key: other }),
  ];
  expect(own.map(({ status }) => status)).toEqual([202, 202, 202, 202]);
  expect(new Set([first, ...own].map(({ job }) => job.id)).size).toBe(5);
  expect(own.map(({ cache }) => cache)).toEqual([null, null, null, 'turno; fwd=miss']);
});

test('Equal submits are coalesced with an unfinished job, and each long poll gets its result', async () => {
  const { job } = await submit(5);
  await hand.start(job.id);
  const waiting = [0, 1].map((n) => submit(5, { api: apis[n], headers: { prefer: 'wait=20' } }));
  await hand.complete(job.id, '{"sum":"30"}');
  for (const { status, job: seen } of await Promise.all(waiting)) {
    expect([status, seen.id, seen.output]).toEqual([200, job.id, { sum: '30' }]);
  }
});

test('Only the key that created a coalesced job, or an admin, may cancel it', async () => {
  const [maker, other] = await Promise.all([1, 2].map(() => addKey('ten_first', ['jobs:write', 'jobs:read'])));
  const { job } = await submit(6, { key: maker ?? '' });
  expect((await submit(6, { key: other ?? '' })).job.id).toBe(job.id);
  const cancel = (id: string, key?: string) =>
    apis[0]?.request(`/v1/jobs/${id}/cancel`, { method: 'POST', ...(key !== undefined && { key }) });
  expect((await cancel(job.id, other))?.status).toBe(403);
  expect((await cancel(job.id, maker))?.status).toBe(200);
  expect((await cancel(job.id, other))?.status).toBe(409);
  const again = await submit(6, { key: maker ?? '' });
  expect((await cancel(again.job.id))?.status).toBe(200);
});

test('A repeat of a submit that reused a result gets the same job, whatever happened since', async () => {
  const { job } = await submit(7);
  await complete(job.id);
  const headers = { 'idempotency-key': 'took-it' };
  const took = await submit(7, { headers });
  expect([took.status, took.job.id]).toEqual([200, job.id]);
  await sql`UPDATE jobs SET finished_at = now() - interval '1 hour' WHERE id = ${job.id}`;
  const again = await submit(7, { headers, api: apis[1] });
  expect([again.job.id, again.response.headers.get('idempotency-replayed')]).toEqual([job.id, 'true']);
  expect((await submit(8, { headers })).status).toBe(422);
  const made = await Promise.all(
    Array.from({ length: 40 }, (_, n) => submit(7, { headers: { 'idempotency-key': `k${n % 4}` }, api: apis[n % 2] })),
  );
  expect(new Set(made.map((one) => one.job.id)).size).toBe(1);
  expect(made[0]?.job.id).not.toBe(job.id);
});

test('A reused result or a coalesced submit needs no capacity in the backlog', async () => {
  const key = await addKey('ten_full', ['jobs:write', 'jobs:read']);
  await sql`INSERT INTO plans (name, jobs_waiting_max) VALUES ('one', 1)`;
  const { job } = await submit(9, { key });
  await complete(job.id);
  await sql`UPDATE tenants SET plan = 'one' WHERE id = 'ten_full'`;
  const underWay = await submit(10, { key });
  await eventually(async () => (await submit(11, { key, options: { cacheSeconds: null } })).status === 429);
  expect(await submit(9, { key })).toMatchObject({ status: 200, cache: 'turno; hit', job: { id: job.id } });
  const run = await apis[0]?.request('/v1/run/math.sum-of-squares?n=9', { key });
  expect([run?.status, run?.headers.get('cache-status')]).toEqual([200, 'turno; hit']);
  const coalesced = await submit(10, { key });
  expect([coalesced.status, coalesced.job.id]).toEqual([202, underWay.job.id]);
});

test('A submit whose result cannot be reused is refused with the reason', async () => {
  const noop = await submit(1, { kind: 'test.noop' });
  const faults = [{ pointer: '/options/cacheSeconds' }, { pointer: '/input/n' }];
  expect([noop.status, noop.job]).toMatchObject([422, { errors: faults }]);
  const jobs = [{ kind: 'math.sum-of-squares', input: { n: 1 }, options: { cacheSeconds: 5 } }];
  const batch = await apis[0]?.request('/v1/jobs/batch', { body: { jobs } });
  expect([batch?.status, await batch?.json()]).toMatchObject([
    422,
    { errors: [{ pointer: '/jobs/0/options/cacheSeconds' }] },
  ]);
});

test('A usage report is reused when its range is over', async () => {
  const ask = async (to: string) => {
    const body = { kind: 'report.usage', input: { from: '2026-01-01', to }, options: { cacheSeconds: 60 } };
    return (await apis[0]?.request('/v1/jobs', { body }))?.headers.get('cache-status');
  };
  expect(await ask('2026-01-31')).toBe('turno; fwd=miss');
  expect(await ask('2026-01-31')).toBe('turno; fwd=miss; collapsed');
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  const from = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
  const body = { kind: 'report.usage', input: { from, to: tomorrow }, options: { cacheSeconds: 60 } };
  expect((await apis[0]?.request('/v1/jobs', { body }))?.headers.get('cache-status')).toBeNull();
});
