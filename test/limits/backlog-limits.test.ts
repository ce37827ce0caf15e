import { openPostgres } from '@turno/postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { withConstants } from '../support/apps/constants.ts';
import { eventually } from '../support/eventually.ts';
import { jobsByHand, type JobsByHand } from '../support/jobs-by-hand.ts';
import { addKey, type Api, startApi } from '../support/apps/start-api.ts';
import { stores } from '../support/stores/stores.ts';

const postgres = openPostgres({ url: (await stores()).databaseUrl, poolMax: 1, prepare: true, name: 'limits' });
const { sql } = postgres;
const systemMax = 60;
const startLooking = (everyMs: number) =>
  startApi({ BACKLOG_MAX: String(systemMax), ...withConstants({ limits: { backlogCountEveryMs: everyMs } }) });
/** Counts often what waits. A count has those twice that come while it is under way, until the next one. */
let api: Api;
/** Counts its own submits only, once it has started. */
let counting: Api;
let hand: JobsByHand;
beforeAll(async () => {
  [api, counting, hand] = await Promise.all([startLooking(50), startLooking(3_600_000), jobsByHand()]);
  await sql`INSERT INTO plans (name, jobs_waiting_max) VALUES ('tiny', 10)`;
});
afterAll(() => Promise.all([hand.close(), postgres.close()]));

/** A key of a new tenant of the plan `tiny`. */
async function tinyKey(tenantId: string): Promise<string> {
  const key = await addKey(tenantId, ['jobs:write', 'jobs:read']);
  await sql`UPDATE tenants SET plan = 'tiny' WHERE id = ${tenantId}`;
  return key;
}

async function submit({ to = api, key, ...options }: { to?: Api; key?: string; delaySeconds?: number } = {}) {
  const body = { kind: 'test.noop', input: {}, options };
  const response = await to.request('/v1/jobs', { body, ...(key !== undefined && { key }) });
  const { id, code } = (await response.json()) as { id: string; code?: string };
  return { status: response.status, code, id, retryAfter: Number(response.headers.get('retry-after')) };
}

test('A burst of a tenant is accepted up to jobsWaitingMax of its plan, and the rest gets 429 with Retry-After', async () => {
  const key = await tinyKey('ten_burst');
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, n) => submit({ to: counting, key, delaySeconds: n % 2 })),
  );
  expect(answers.filter(({ status }) => status === 202)).toHaveLength(10);
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused).toHaveLength(20);
  for (const { code, retryAfter } of refused) {
    expect(code).toBe('too-many-jobs-waiting');
    expect(retryAfter).toBeGreaterThanOrEqual(1);
  }
});

test('Capacity of the backlog returns as jobs end, and Retry-After follows from their rate', async () => {
  const key = await tinyKey('ten_drain');
  const jobs = await Promise.all(Array.from({ length: 10 }, () => submit({ to: counting, key })));
  expect((await submit({ to: counting, key })).retryAfter).toBe(30);
  for (const { id } of jobs.slice(0, 5)) {
    await hand.start(id);
    await hand.complete(id, '{}');
  }
  // They stay among those of the last ten seconds, however long this takes.
  await sql`UPDATE jobs SET finished_at = now() + interval '1 hour' WHERE finished_at IS NOT NULL`;
  await eventually(async () => expect(await submit({ key })).toMatchObject({ status: 202 }));
  await eventually(async () => {
    const { status, retryAfter } = await submit({ key });
    // Five end in ten seconds. An API whose count is old may have accepted more than ten.
    const [row] = await sql<{ waiting: number }[]>`
      SELECT count(*)::int AS waiting FROM jobs WHERE tenant_id = 'ten_drain' AND finished_at IS NULL`;
    return status === 429 && retryAfter === ((row?.waiting ?? 0) - 9) * 2;
  });
});

test('A batch counts each of its jobs, and a batch above the limit is rejected without Retry-After', async () => {
  const key = await tinyKey('ten_batch');
  const batch = async (count: number) => {
    const jobs = Array.from({ length: count }, () => ({ kind: 'test.noop', input: {} }));
    return (await counting.request('/v1/jobs/batch', { body: { jobs }, key })).status;
  };
  expect([await batch(6), await batch(6), await batch(4), await batch(1), await batch(11)]).toEqual([
    202, 429, 202, 429, 422,
  ]);
});

test('A retry of a final job needs capacity of the backlog like a new job', async () => {
  const key = await tinyKey('ten_again');
  const failed = await Promise.all(Array.from({ length: 10 }, () => submit({ to: counting, key })));
  for (const { id } of failed) {
    await hand.start(id);
    await hand.fail(id, 'no-luck');
  }
  const retry = async (path: string, body?: object) => {
    const response = await api.request(path, { method: 'POST', key, ...(body !== undefined && { body }) });
    const { count, code } = (await response.json()) as { count?: number; code?: string };
    return [response.status, count ?? code];
  };
  const all = () => retry('/v1/jobs/retry', { filter: {} });
  for (let waiting = 0; waiting < failed.length; waiting += 1) {
    await eventually(async () => expect(await submit({ key })).toMatchObject({ status: 202 }));
  }
  expect(await all()).toEqual([429, 'too-many-jobs-waiting']);
  expect(await retry(`/v1/jobs/${failed[0]?.id}/retry`)).toEqual([429, 'too-many-jobs-waiting']);
  await sql`UPDATE jobs SET state = 'cancelled', finished_at = now(), backlog = false WHERE tenant_id = 'ten_again' AND state = 'queued'`;
  await eventually(async () => expect(await all()).toEqual([202, 10]));
});

test('A full backlog of the system answers 503 to every tenant, also to one without a limit', async () => {
  const keyed = () =>
    api.request('/v1/jobs', { body: { kind: 'test.noop', input: {} }, headers: { 'idempotency-key': 'before' } });
  const { id } = (await (await keyed()).json()) as { id: string };
  const answers = await Promise.all(Array.from({ length: systemMax }, () => submit()));
  const refused = answers.filter(({ status }) => status !== 202);
  expect(refused.length).toBeGreaterThan(0);
  for (const one of refused) expect([one.status, one.code]).toEqual([503, 'backlog-full']);
  const unfinished = async () => (await sql`SELECT FROM jobs WHERE finished_at IS NULL`).length;
  await eventually(async () => (await submit()).status === 503 && (await unfinished()) >= systemMax);
  expect(await unfinished()).toBe(systemMax);
  expect((await submit()).status).toBe(503);
  // What was accepted before is answered, it is no new work.
  const again = await keyed();
  expect([again.status, await again.json()]).toMatchObject([202, { id }]);
});
