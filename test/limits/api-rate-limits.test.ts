import type { Job } from '@turno/contract';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lenientRedis, withConstants } from '../support/apps/constants.ts';
import { eventually } from '../support/eventually.ts';
import { ownRedis } from '../support/stores/mortal-store.ts';
import { addKey, startApi, type Api } from '../support/apps/start-api.ts';
import { stores } from '../support/stores/stores.ts';

let sql: postgres.Sql;
const redis = await ownRedis();
let apis: Api[];

beforeAll(async () => {
  const { databaseUrl } = await stores();
  sql = postgres(databaseUrl, { max: 1 });
  const settings = { REDIS_URL: redis.url, ...withConstants({ redis: lenientRedis }) };
  apis = await Promise.all([1, 2].map(() => startApi(settings)));
  await backToRedis();
});
afterAll(() => sql.end());

let made = 0;

/** A key of a new tenant with a plan of its own. */
async function keyWith(bucketCapacity: number, refillPerSecond: number): Promise<string> {
  const name = `plan-${(made += 1)}`;
  const key = await addKey(`ten_${made}`, ['jobs:read', 'jobs:write']);
  await sql`INSERT INTO plans (name, bucket_capacity, refill_per_second) VALUES (${name}, ${bucketCapacity}, ${refillPerSecond})`;
  await sql`UPDATE tenants SET plan = ${name} WHERE id = ${`ten_${made}`}`;
  return key;
}

const api = (turn = 0) => apis[turn % apis.length] as Api;
const limitsOf = ({ headers }: Response) => [headers.get('ratelimit-policy'), headers.get('ratelimit')];

async function allowedOf(key: string, times: number): Promise<number> {
  const all = Array.from({ length: times }, (_, turn) => api(turn).request('/v1/kinds', { key }));
  const statuses = (await Promise.all(all)).map(({ status }) => status);
  expect(statuses.every((status) => status === 200 || status === 429)).toBe(true);
  return statuses.filter((status) => status === 200).length;
}

/** Exact again, over both processes. */
async function backToRedis(): Promise<void> {
  await eventually(async () => expect(await allowedOf(await keyWith(1, 0.001), 2)).toBe(1));
}

test('Every answer to a key has the status of its bucket in the RateLimit headers', async () => {
  const key = await keyWith(6, 0.01);
  const { request } = api();
  const began = Date.now();
  const answers = [
    [200, await request('/v1/kinds', { key })],
    [404, await request('/v1/jobs/job_01kb6w2v9ve9f8m5q3c7t1zxyh', { key })],
    [403, await request('/v1/queues/cpu/pause', { key, method: 'POST' })],
    [422, await request('/v1/jobs', { key, body: { kind: 'test.noop', input: { no: 1 } } })],
    [400, await request('/v1/jobs', { key, body: '{' })],
    [202, await request('/v1/jobs', { key, body: { kind: 'test.noop', input: {} } })],
    [429, await request('/v1/kinds', { key })],
  ] as const;
  const tookSeconds = Math.ceil((Date.now() - began) / 1_000);
  for (const [turn, [status, answer]] of answers.entries()) {
    const left = Math.max(0, 5 - turn);
    const [policy, remaining] = limitsOf(answer);
    const [, r, t] = /^"default";r=(\d+);t=(\d+)$/.exec(remaining ?? '') ?? [];
    expect([answer.status, policy, Number(r)]).toEqual([status, '"default";q=6;w=600', left]);
    expect(Number(t)).toBeLessThanOrEqual((6 - left) * 100);
    expect(Number(t)).toBeGreaterThanOrEqual((6 - left) * 100 - tookSeconds);
  }
});

test('A key without a limit and a path without a key have no RateLimit headers', async () => {
  expect(limitsOf(await api().request('/v1/kinds'))).toEqual([null, null]);
  expect(limitsOf(await api().request('/livez', { key: null }))).toEqual([null, null]);
  expect(limitsOf(await api().request('/v1/kinds', { key: null }))).toEqual([null, null]);
});

test('Two API processes together allow exactly the tokens of a key, and the bucket of another key is not touched', async () => {
  const [key, other] = [await keyWith(12, 0.001), await keyWith(12, 0.001)];
  expect(await allowedOf(key, 60)).toBe(12);
  expect(await allowedOf(other, 1)).toBe(1);
});

test('A client that waits for Retry-After is allowed', async () => {
  const key = await keyWith(1, 0.5);
  const refused = await eventually(async () => {
    const answer = await api(1).request('/v1/kinds', { key });
    expect(answer.status).toBe(429);
    return answer;
  });
  expect(refused.headers.get('content-type')).toBe('application/problem+json');
  expect(await refused.json()).toMatchObject({ code: 'rate-limited' });
  const due = Date.now() + Number(refused.headers.get('retry-after')) * 1_000;
  await eventually(() => Date.now() >= due);
  expect((await api().request('/v1/kinds', { key })).status).toBe(200);
});

test('A kind with a rate limit has a bucket per key', async () => {
  const [key, other] = [await keyWith(100, 0.001), await keyWith(100, 0.001)];
  const body = { kind: 'test.rationed', input: {} };
  for (const [turn, status] of [202, 202, 202, 429].entries()) {
    const answer = await api(turn).request('/v1/jobs', { key, body });
    expect(answer.status).toBe(status);
    const [policy, remaining] = limitsOf(answer);
    expect(policy).toBe('"default";q=100;w=100000, "test.rationed";q=3;w=60');
    expect(remaining).toContain(`, "test.rationed";r=${Math.max(0, 2 - turn)};t=`);
    if (status === 429) expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(10);
  }
  expect((await api().request('/v1/jobs', { key, body: { kind: 'test.noop', input: {} } })).status).toBe(202);
  expect((await api().request('/v1/jobs', { key: other, body })).status).toBe(202);
  const kinds = (await (await api().request('/v1/kinds/test.rationed')).json()) as { limits: object };
  expect(kinds.limits).toMatchObject({ ratePerMinute: 3 });
});

test.each([
  ['killed', () => redis.end('SIGKILL'), () => redis.start()],
  ['frozen', async () => redis.freeze(), async () => redis.thaw()],
])(
  'With Redis %s requests are answered, each process allows its share of the limit, and later limits are exact again',
  async (_what, away, back) => {
    // Each process counts the others in Postgres; until both are known the shares would be too large.
    await away();
    await eventually(async () => {
      const allowed = await allowedOf(await keyWith(20, 0.001), 60);
      expect(allowed).toBe(20);
    });
    const submitted = await api().request('/v1/jobs', { body: { kind: 'test.noop', input: {} } });
    expect(((await submitted.json()) as Job).state).toBe('queued');
    await back();
    await backToRedis();
    expect(await allowedOf(await keyWith(12, 0.001), 60)).toBe(12);
  },
);
