import { createClient } from '@turno/client';
import { schedule as scheduleSchema, type Job, type Schedule } from '@turno/contract';
import { watchDueWork } from '@turno/jobs';
import { listDueSchedules, openPostgres, takeSlots } from '@turno/postgres';
import { createLog } from '@turno/runtime';
import { runDueSchedules } from '@turno/schedules';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withConstants } from '../support/apps/constants.ts';
import { eventually } from '../support/eventually.ts';
import { addKey, startApi, type Api } from '../support/apps/start-api.ts';
import { testKey } from '../support/apps/start-turno.ts';
import { stores } from '../support/stores/stores.ts';

let api: Api;
const { sql, close } = openPostgres({
  url: (await stores()).databaseUrl,
  poolMax: 1,
  prepare: true,
  name: 'schedules',
});
beforeAll(async () => {
  api = await startApi(withConstants({ limits: { schedulesPerTenantMax: 8 } }));
});
afterAll(() => close());

const daily = { cron: '0 3 * * *', timezone: 'Europe/Berlin', kind: 'test.noop', input: { value: 1 } };
const put = (name: string, body: unknown, key = testKey) =>
  api.request(`/v1/schedules/${name}`, { method: 'PUT', body, key });
const shown = async (response: Response) => scheduleSchema.parse(await response.json());
const read = async (name: string) => shown(await api.request(`/v1/schedules/${name}`));

test('PUT creates or replaces a schedule, and each call returns the same representation', async () => {
  const made = await put('first', daily);
  expect([made.status, made.headers.get('location')]).toEqual([201, '/v1/schedules/first']);
  const first = await shown(made);
  expect(first).toMatchObject({
    ...daily,
    name: 'first',
    paused: false,
    missed: 'skip',
    catchUpMax: 10,
    lastRunAt: null,
    lastJobId: null,
  });
  expect(first.nextRunAt).toMatch(/T0[12]:00:00\.000Z$/);
  expect(await read('first')).toEqual(first);
  const again = await put('first', { ...daily, cron: '@hourly', missed: 'catch-up', options: { tags: ['a'] } });
  const second = await shown(again);
  expect([again.status, second.createdAt]).toEqual([200, first.createdAt]);
  expect(second).toMatchObject({ cron: '@hourly', missed: 'catch-up', options: { tags: ['a'], priority: 0 } });
  expect(second.nextRunAt).toMatch(/:00:00\.000Z$/);
  const listed = (await (await api.request('/v1/schedules')).json()) as { schedules: Schedule[] };
  expect(listed.schedules).toEqual([second]);
});

test('A schedule takes the options of a submit except those of time', async () => {
  const options = { priority: 3, delaySeconds: 0, runAt: null, cacheSeconds: null, deadlineSeconds: null, tags: ['t'] };
  const response = await put('as-a-submit', { ...daily, options });
  expect([response.status, (await shown(response)).options]).toMatchObject([201, { priority: 3, tags: ['t'] }]);
  await sql`DELETE FROM schedules WHERE name = 'as-a-submit'`;
});

test('A paused schedule has no next run, and an unpaused schedule continues from now', async () => {
  expect((await shown(await put('pausing', { ...daily, paused: true }))).nextRunAt).toBeNull();
  await sql`UPDATE schedules SET created_at = now() - interval '9 days' WHERE name = 'pausing'`;
  expect(Date.parse((await shown(await put('pausing', daily))).nextRunAt ?? '')).toBeGreaterThan(Date.now());
});

test('A due slot stays due when its schedule is put again unchanged', async () => {
  await put('repeated', daily);
  await sql`UPDATE schedules SET next_run_at = '2026-11-01T02:00:00Z' WHERE name = 'repeated'`;
  expect((await shown(await put('repeated', { ...daily, input: { value: 2 } }))).nextRunAt).toBe(
    '2026-11-01T02:00:00.000Z',
  );
  expect((await shown(await put('repeated', { ...daily, timezone: 'UTC' }))).nextRunAt).not.toBe(
    '2026-11-01T02:00:00.000Z',
  );
});

test('A run of a schedule submits its job now, also while the schedule is paused', async () => {
  await put('by-hand', { ...daily, paused: true, options: { tags: ['by-hand'], priority: 7 } });
  const response = await api.request('/v1/schedules/by-hand/run', { method: 'POST' });
  const job = (await response.json()) as Job;
  expect([response.status, response.headers.get('location')]).toEqual([202, `/v1/jobs/${job.id}`]);
  expect(job).toMatchObject({ kind: 'test.noop', input: { value: 1 }, tags: ['by-hand'], priority: 7 });
  expect(await read('by-hand')).toMatchObject({ lastJobId: job.id, nextRunAt: null });
});

test('Deleting a schedule leaves its jobs', async () => {
  await put('short-lived', daily);
  const { id } = (await (await api.request('/v1/schedules/short-lived/run', { method: 'POST' })).json()) as Job;
  expect((await api.request('/v1/schedules/short-lived', { method: 'DELETE' })).status).toBe(204);
  for (const [method, path] of [
    ['GET', ''],
    ['DELETE', ''],
    ['POST', '/run'],
  ] as const) {
    const response = await api.request(`/v1/schedules/short-lived${path}`, { method });
    expect([response.status, await response.json()]).toMatchObject([404, { code: 'schedule-not-found' }]);
  }
  expect((await api.request(`/v1/jobs/${id}`)).status).toBe(200);
});

test('A slot that was read before a PUT is not used after it', async () => {
  await put('changing', daily);
  await sql`UPDATE schedules SET next_run_at = now() - interval '1 second' WHERE name = 'changing'`;
  const due = (await listDueSchedules(sql, { rowsMax: 100 })).find(({ name }) => name === 'changing');
  if (due === undefined) throw new Error('it should be due');
  await put('changing', { ...daily, input: { value: 3 } });
  const slots = [{ at: due.nextRunAt, jobId: `job_${'0'.repeat(26)}` }];
  expect(await takeSlots(sql, due, { slots, jobsMax: slots.length, nextRunAt: null, keepDays: 7 })).toBe(0);
  await sql`DELETE FROM schedules WHERE name = 'changing'`;
});

const slotOf = (name: string, at: string, digit: string) => ({ name, at, jobId: `job_${digit.repeat(26)}` });
async function takeNow(name: string, slots: { at: string; jobId: string }[]): Promise<number> {
  await sql`UPDATE schedules SET next_run_at = date_trunc('second', now()) WHERE name = ${name}`;
  const due = (await listDueSchedules(sql, { rowsMax: 100 })).find((one) => one.name === name);
  if (due === undefined) throw new Error('it should be due');
  return takeSlots(sql, due, { slots, jobsMax: slots.length, nextRunAt: null, keepDays: 7 });
}

test('Scheduled jobs count as requests of the month, and a slot without quota is skipped and says so', async () => {
  const key = await addKey('ten_small', ['jobs:write', 'jobs:read']);
  await put('counted', daily, key);
  await sql`INSERT INTO plans (name, requests_per_month_max) VALUES ('small', 12)`;
  await sql`UPDATE tenants SET plan = 'small' WHERE id = 'ten_small'`;
  // The PUT is a request too; the API adds it to the month some seconds later.
  await eventually(async () => {
    const added = await sql`UPDATE monthly_usage SET requests = 10 WHERE tenant_id = 'ten_small' AND requests = 1`;
    expect(added.count).toBe(1);
  });
  const [one, two, three] = ['1', '2', '3'].map((n) => slotOf('counted', `2026-11-0${n}T02:00:00.000Z`, n));
  if (one === undefined || two === undefined || three === undefined) throw new Error('three slots');
  expect(await takeNow('counted', [one, two, three])).toBe(2);
  const rows = await sql`SELECT job_id, skipped FROM schedule_slots WHERE name = 'counted' ORDER BY slot`;
  expect(rows.map(({ job_id: job, skipped }) => [job, skipped])).toEqual([
    [null, 'quota-exceeded'],
    [two.jobId, null],
    [three.jobId, null],
  ]);
  expect(await takeNow('counted', [slotOf('counted', '2026-11-04T02:00:00.000Z', '4'), three])).toBe(0);
  const [used] = await sql`SELECT requests::int AS requests FROM monthly_usage WHERE tenant_id = 'ten_small'`;
  expect(used).toEqual({ requests: 12 });
  await sql`UPDATE tenants SET plan = 'unlimited' WHERE id = 'ten_small'`;
  const response = await eventually(async () => {
    const asked = await api.request('/v1/schedules/counted', { key });
    expect(asked.status).toBe(200);
    return asked;
  });
  expect(await shown(response)).toMatchObject({
    lastRunAt: three.at,
    lastJobId: three.jobId,
    lastSkippedAt: '2026-11-04T02:00:00.000Z',
    lastSkippedFor: 'quota-exceeded',
  });
});

test('A slot is skipped and says so when as many jobs wait as the plan allows', async () => {
  const key = await addKey('ten_crowded', ['jobs:write', 'jobs:read']);
  await sql`INSERT INTO plans (name, jobs_waiting_max) VALUES ('three', 3)`;
  await sql`UPDATE tenants SET plan = 'three' WHERE id = 'ten_crowded'`;
  const names = ['crowd-a', 'crowd-b', 'crowd-c'];
  for (const name of names) expect((await put(name, { ...daily, missed: 'catch-up' }, key)).status).toBe(201);
  await api.request('/v1/jobs', { key, body: { kind: 'test.noop', input: {}, options: { delaySeconds: 600 } } });
  await sql`UPDATE schedules SET next_run_at = date_trunc('day', now()) - interval '1 day' WHERE tenant_id = 'ten_crowded'`;
  const options = { everyMs: 20, missedAfterMs: 60_000, keepDays: 7 };
  const log = createLog('test', 'silent');
  const dueWork = await watchDueWork({ sql, log });
  const running = runDueSchedules({ sql, log, dueWork, refill: () => {} }, options);
  const rows = await eventually(async () => {
    const ran = await sql<{ why: string | null }[]>`
      SELECT last_skipped_for AS why FROM schedules WHERE tenant_id = 'ten_crowded' AND next_run_at > now()`;
    expect(ran).toHaveLength(3);
    return ran;
  });
  await Promise.all([running.stop(), dueWork.stop()]);
  expect(rows).toContainEqual({ why: 'too-many-jobs-waiting' });
  expect(await sql`SELECT FROM jobs WHERE tenant_id = 'ten_crowded'`).toHaveLength(3);
  await sql`DELETE FROM schedules WHERE tenant_id = 'ten_crowded'`;
});

test('No other tenant reads or changes a schedule, nor one of the same name', async () => {
  const key = await addKey('ten_other', ['jobs:read', 'jobs:write']);
  await put('shared', daily);
  expect((await put('shared', { ...daily, cron: '5 5 * * *' }, key)).status).toBe(201);
  expect((await read('shared')).cron).toBe(daily.cron);
  expect((await api.request('/v1/schedules/shared', { method: 'DELETE', key })).status).toBe(204);
  expect((await api.request('/v1/schedules/shared/run', { method: 'POST', key })).status).toBe(404);
  expect((await read('shared')).name).toBe('shared');
});

test('The typed client puts, reads and lists schedules', async () => {
  const { schedules } = createClient({ url: api.url, key: testKey });
  const made = await schedules.put('typed', { cron: '@daily', kind: 'test.noop', input: {} });
  expect(await schedules.get('typed')).toEqual(made);
  expect((await schedules.run('typed')).kind).toBe('test.noop');
  expect((await schedules.list()).map(({ name }) => name)).toContain('typed');
  await schedules.delete('typed');
  await expect(schedules.get('typed')).rejects.toMatchObject({ code: 'schedule-not-found', status: 404 });
});

describe('A schedule that can never run', () => {
  test.each<[string, object, string]>([
    ['too few parts', { cron: '0 3 * *' }, '/cron'],
    ['seconds', { cron: '* * * * * *' }, '/cron'],
    ['no such minute', { cron: '61 * * * *' }, '/cron'],
    ['a date', { cron: '2026-12-01T00:00:00' }, '/cron'],
    ['never', { cron: '0 0 30 2 *' }, '/cron'],
    ['no such zone', { timezone: 'Mars/Olympus' }, '/timezone'],
    ['an input that is not of its kind', { kind: 'math.sum-of-squares', input: { n: 'x' } }, '/input/n'],
    ['a delay', { options: { delaySeconds: 5 } }, '/options/delaySeconds'],
    ['a time', { options: { runAt: '2026-12-01T00:00:00Z' } }, '/options/runAt'],
    ['a shared result', { options: { cacheSeconds: 5 } }, '/options/cacheSeconds'],
    ['a private webhook', { options: { webhook: { url: 'http://10.0.0.1/' } } }, '/options/webhook/url'],
    ['an unknown option', { options: { color: 'red' } }, '/options/color'],
    ['an unknown field', { colour: 'red' }, '/colour'],
    ['missed', { missed: 'sometimes' }, '/missed'],
  ])('%s', async (_what, change, pointer) => {
    const response = await put('refused', { ...daily, ...change });
    const { code, errors } = (await response.json()) as { code: string; errors: { pointer: string }[] };
    expect([response.status, code, errors.map((fault) => fault.pointer)]).toEqual([422, 'invalid-request', [pointer]]);
  });

  test('A schedule with an unknown kind, an invalid name, or beyond the limit is refused', async () => {
    expect((await put('refused', { ...daily, kind: 'no.such' })).status).toBe(404);
    for (const name of ['Upper', '-x', 'a%2Fb', 'x'.repeat(101), '%00'])
      expect([name, (await put(name, daily)).status]).toEqual([name, 422]);
    const key = await addKey('ten_eager', ['jobs:write']);
    for (let n = 0; n < 8; n += 1) expect((await put(`s${n}`, daily, key)).status).toBe(201);
    expect(await (await put('s8', daily, key)).json()).toMatchObject({ status: 409, code: 'too-many-schedules' });
    expect((await put('s7', daily, key)).status).toBe(200);
  });
});
