import { usage as usageSchema } from '@turno/contract';
import { openPostgres } from '@turno/postgres';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { addKey, startApi, type Api } from '../support/apps/start-api.ts';
import { createGate } from '../support/gate.ts';
import { stores } from '../support/stores/stores.ts';

let apis: [Api, Api];
const { sql, close } = openPostgres({ url: (await stores()).databaseUrl, poolMax: 1, prepare: true, name: 'limits' });
beforeAll(async () => {
  apis = await Promise.all([startApi(), startApi()]);
});
afterAll(() => close());

async function keyWithPlan(name: string, limits: { requests?: number; bytes?: number }): Promise<string> {
  const tenantId = `ten_${name}`;
  await sql`INSERT INTO plans (name, requests_per_month_max, payload_bytes_max)
    VALUES (${name}, ${limits.requests ?? null}, ${limits.bytes ?? null})`;
  await sql`INSERT INTO tenants (id, name, plan) VALUES (${tenantId}, ${name}, ${name})`;
  return addKey(tenantId, ['jobs:read', 'jobs:write', 'admin']);
}

const usageOf = async (api: Api, key: string) =>
  usageSchema.parse(await (await api.request('/v1/usage', { key })).json());

/** The moment in which the month changes is not this test's. */
async function stayInMonth(): Promise<void> {
  await eventually(() => new Date(Date.now() + 60_000).getUTCMonth() === new Date().getUTCMonth(), {
    withinMs: 120_000,
  });
}

test('Requests of all processes add up without loss, and every process rejects requests over the monthly quota with the time of the next month', async () => {
  await stayInMonth();
  const max = 60;
  const key = await keyWithPlan('few', { requests: max });
  const ask = (turn: number) => apis[turn % 2 ? 0 : 1].request('/v1/kinds', { key });
  const statuses = await Promise.all(Array.from({ length: max / 2 }, (_, turn) => ask(turn).then((r) => r.status)));
  expect(new Set(statuses)).toEqual(new Set([200]));
  for (const api of apis) {
    await eventually(async () => expect((await usageOf(api, key)).requests.used).toBe(max / 2));
  }
  // Far more than is left, one after the other in one process: there the quota is exact.
  let allowed = max / 2;
  for (let turn = 0; turn < max; turn += 1)
    if ((await apis[0].request('/v1/kinds', { key })).status === 200) allowed += 1;
  expect(allowed).toBe(max);
  for (const api of apis) {
    const refused = await eventually(async () => {
      const response = await api.request('/v1/kinds', { key });
      if (response.status === 200) allowed += 1;
      return response.status === 429 && response;
    });
    if (refused === false) throw new Error('never refused');
    expect(await refused.json()).toMatchObject({ code: 'quota-exceeded' });
    const { requests } = await usageOf(api, key);
    const seconds = Number(refused.headers.get('retry-after'));
    expect(Math.abs((Date.parse(requests.resetsAt) - Date.now()) / 1_000 - seconds)).toBeLessThan(30);
    expect(requests.resetsAt).toMatch(/^\d{4}-\d\d-01T00:00:00.000Z$/);
  }
  await eventually(async () => {
    const rows = await sql`SELECT requests::int AS requests FROM monthly_usage WHERE tenant_id = 'ten_few'`;
    expect(rows).toEqual([{ requests: allowed }]);
  });
  expect((await apis[0].request('/v1/keys', { key })).status).toBe(200);
});

test('A repeat of an accepted submit is answered although the monthly quota is used up, and does not count', async () => {
  const key = await keyWithPlan('repeats', { requests: 2 });
  const submit = (idempotencyKey: string, path = '/v1/jobs') => {
    const job = { kind: 'test.noop', input: {} };
    const body = path === '/v1/jobs' ? job : { jobs: [job] };
    return apis[0].request(path, { key, body, headers: { 'idempotency-key': idempotencyKey } });
  };
  expect([(await submit('one')).status, (await submit('two', '/v1/jobs/batch')).status]).toEqual([202, 202]);
  const refused = await submit('three');
  expect([refused.status, await refused.json()]).toMatchObject([429, { code: 'quota-exceeded' }]);
  for (const again of [await submit('one'), await submit('two', '/v1/jobs/batch')]) {
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([202, 'true']);
  }
  expect((await usageOf(apis[0], key)).requests.used).toBe(2);
  expect((await apis[0].request('/v1/jobs', { key, body: { kind: 'test.noop', input: {} } })).status).toBe(429);
});

test('Requests of an earlier month do not count', async () => {
  const key = await keyWithPlan('last-month', { requests: 1 });
  await sql`INSERT INTO monthly_usage VALUES ('ten_last-month', (now() AT TIME ZONE 'UTC')::date
    - extract(day FROM now() AT TIME ZONE 'UTC')::int, 1000)`;
  expect((await apis[0].request('/v1/kinds', { key })).status).toBe(200);
});

test('A body over the limit of the plan is answered 413 with that limit', async () => {
  const key = await keyWithPlan('small', { bytes: 1_000 });
  const submit = (characters: number) =>
    apis[0].request('/v1/jobs', { key, body: { kind: 'test.noop', input: { value: 'x'.repeat(characters) } } });
  expect((await submit(800)).status).toBe(202);
  const refused = await submit(1_000);
  expect(refused.status).toBe(413);
  expect(await refused.json()).toMatchObject({ code: 'payload-too-large', detail: expect.stringContaining('1000') });
});

test('GET /v1/usage returns the plan and the numbers of waiting and running jobs', async () => {
  const key = await addKey('ten_usage', ['jobs:read', 'jobs:write']);
  await apis[0].request('/v1/jobs', { key, body: { kind: 'test.noop', input: {}, options: { delaySeconds: 3_600 } } });
  await eventually(async () => {
    const { plan, jobs, bucket } = await usageOf(apis[0], key);
    expect([plan.name, bucket]).toEqual(['unlimited', null]);
    expect(jobs).toEqual({ waiting: 1, waitingMax: null, running: 0, concurrentRunsMax: null });
  });
});

test('A tenant’s slow lists are refused with 429 and Retry-After, while another tenant lists and submits', async () => {
  const key = await addKey('ten_greedy', ['jobs:read', 'jobs:write']);
  const locks = postgres((await stores()).databaseUrl, { max: 1 }); // without the watchdog of `openPostgres`
  onTestFinished(() => locks.end());
  const blocked = createGate();
  const released = createGate();
  const locking = locks.begin(async (tx) => {
    await tx`LOCK TABLE deliveries IN ACCESS EXCLUSIVE MODE`;
    blocked.open();
    await released.opened;
  });
  await blocked.opened;
  const greedy = Array.from({ length: 15 }, () => apis[0].request('/v1/deliveries', { key }));
  const refused = await Promise.any(
    greedy.map(async (answer) => ((await answer).status === 429 ? answer : Promise.reject(new Error('not refused')))),
  );
  expect(await refused.json()).toMatchObject({ code: 'too-many-queries' });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await apis[0].request('/v1/jobs')).status).toBe(200);
  expect((await apis[0].request('/v1/jobs', { body: { kind: 'test.noop', input: {} } })).status).toBe(202);
  released.open();
  await locking;
  // On a slow machine the statement that waits for the lock is cancelled: 503.
  for (const answer of await Promise.all(greedy)) expect([200, 429, 503]).toContain(answer.status);
});
