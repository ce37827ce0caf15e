import type { Job } from '@turno/contract';
import { Webhook } from 'standardwebhooks';
import postgres, { type Sql } from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { mergeSettings, withConstants } from '../support/apps/constants.ts';
import { eventually } from '../support/eventually.ts';
import { final, submit } from '../support/jobs.ts';
import { testKindsDir } from '../support/kinds.ts';
import { addKey } from '../support/apps/start-api.ts';
import { type Received, reply, startReceiver } from '../support/http/receivers.ts';
import { startTurno, type Turno } from '../support/apps/start-turno.ts';
import { stores } from '../support/stores/stores.ts';
import { deliveryBecomes, listDeliveries, quickWebhooks } from '../support/http/webhooks.ts';

let turno: Turno;
let secret: string;
let sql: Sql;
afterAll(() => sql.end());
beforeAll(async () => {
  sql = postgres((await stores()).databaseUrl, { max: 1 });
  const few = withConstants({ limits: { receiversPerJobMax: 3 } });
  turno = await startTurno({ KINDS_DIR: testKindsDir, ...mergeSettings(quickWebhooks, few) });
  const response = await turno.request('/v1/endpoints/jobs/rotate-secret', { method: 'POST' });
  secret = ((await response.json()) as { secret: string }).secret;
});

const bodiesOf = (received: Received[]) =>
  received.map(({ headers, body }) => new Webhook(secret).verify(body, headers) as { type: string; data: Job });

test('A job’s own webhook gets the events that it names, signed with the secret for such URLs', async () => {
  const receiver = await startReceiver(reply(200));
  const url = `${receiver.url}?order=1`;
  const job = await submit(turno, 'test.noop', { value: 1 }, { webhook: { url } });
  const failing = { webhook: { url, events: ['job.completed'] }, maxAttempts: 1 };
  await final(turno, await submit(turno, 'test.flaky', { failures: 9 }, failing));
  await deliveryBecomes(turno, `job=${job.id}`, { state: 'delivered', endpoint: null, url });
  expect(bodiesOf(receiver.received)).toEqual([
    { type: 'job.completed', timestamp: expect.any(String), data: await final(turno, job) },
  ]);
  expect(receiver.received[0]?.path).toBe('/hook?order=1');
});

test('The webhook of a schedule gets the events of its jobs, also of a job that is started by hand', async () => {
  const receiver = await startReceiver(reply(200));
  const options = { webhook: { url: receiver.url, events: ['job.completed'] } };
  const body = { cron: '* * * * *', kind: 'test.noop', input: { value: 'by the clock' }, options, paused: true };
  const path = '/v1/schedules/reporting';
  const put = (paused: boolean) => turno.request(path, { method: 'PUT', body: { ...body, paused } });
  expect((await put(true)).status).toBe(201);
  expect(await (await turno.request(path)).json()).toMatchObject({ options });
  const { id } = (await (await turno.request(`${path}/run`, { method: 'POST' })).json()) as Job;
  await deliveryBecomes(turno, `job=${id}`, { state: 'delivered', url: receiver.url });
  await put(false);
  await sql`UPDATE schedules SET next_run_at = date_trunc('minute', now())`;
  await eventually(() => expect(receiver.received.length).toBeGreaterThan(1));
  await turno.request(path, { method: 'DELETE' });
  for (const { data } of bodiesOf(receiver.received)) expect(data.input).toEqual(body.input);
});

test('The webhook of a coalesced submit gets the event too, at once if the job is final', async () => {
  const [one, two, three] = [
    await startReceiver(reply(200)),
    await startReceiver(reply(200)),
    await startReceiver(reply(200)),
  ];
  const ask = async (url: string) => {
    const options = { cacheSeconds: 3_600, webhook: { url } };
    const response = await turno.request('/v1/jobs', {
      body: { kind: 'math.sum-of-squares', input: { n: 20_000_000 }, options },
    });
    expect([200, 202]).toContain(response.status);
    return (await response.json()) as Job;
  };
  const made = await ask(one.url);
  expect((await ask(two.url)).id).toBe(made.id);
  expect((await ask(two.url)).id).toBe(made.id);
  await final(turno, made);
  expect((await ask(three.url)).id).toBe(made.id);
  await eventually(() => expect([one, two, three].map(({ received }) => received.length)).toEqual([1, 1, 1]));
  const [first, ...others] = [one, two, three].flatMap(({ received }) => bodiesOf(received));
  for (const other of others) expect(other).toEqual(first);
  expect(await listDeliveries(turno, `job=${made.id}`)).toHaveLength(3);
});

test('Beyond the most receivers of one job, the next submit creates a job for later submits', async () => {
  const receiver = await startReceiver(reply(200));
  // No job ends before all submits were answered.
  turno.workerApp.kill('SIGSTOP');
  const asked = await Promise.all(
    Array.from({ length: 8 }, async (_, place) => {
      const options = { cacheSeconds: 3_600, webhook: { url: `${receiver.url}?${place}` } };
      const headers = { 'idempotency-key': `"receiver-${place}"` };
      const body = { kind: 'math.sum-of-squares', input: { n: 60_000_000 }, options };
      const ask = async () => (await (await turno.request('/v1/jobs', { body, headers })).json()) as Job;
      const first = await ask();
      expect((await ask()).id).toBe(first.id);
      return first.id;
    }),
  );
  turno.workerApp.kill('SIGCONT');
  expect(new Set(asked).size).toBe(3);
  await eventually(() => expect(new Set(receiver.received.map(({ path }) => path)).size).toBe(8));
  expect(receiver.received).toHaveLength(8);
});

test('A purged one-off endpoint is restored when a job that names its origin ends', async () => {
  const receiver = await startReceiver(reply(200));
  const options = { delaySeconds: 3_600, webhook: { url: `${receiver.url}?late` } };
  const job = await submit(turno, 'test.noop', {}, options);
  const { origin } = new URL(receiver.url);
  await sql`DELETE FROM endpoints WHERE url = ${origin}`;
  await turno.request(`/v1/jobs/${job.id}/cancel`, { method: 'POST' });
  await deliveryBecomes(turno, `job=${job.id}`, { state: 'delivered', url: `${receiver.url}?late` });
});

test('Six dead addresses do not stop a healthy one on the same host', async () => {
  const receiver = await startReceiver((socket, request, count) =>
    reply(request.path === '/healthy' ? 200 : 500)(socket, request, count),
  );
  const { origin } = new URL(receiver.url);
  const submitTo = (path: string) => submit(turno, 'test.noop', {}, { webhook: { url: `${origin}${path}` } });
  const jobs = await Promise.all(Array.from({ length: 6 }, (_, index) => submitTo(`/dead/${index}`)));
  for (const { id } of jobs) {
    await eventually(async () => expect((await listDeliveries(turno, `job=${id}`))[0]?.attempts.length).toBe(1));
  }
  expect(await sql`SELECT failures FROM endpoints WHERE url = ${origin}`).toEqual([{ failures: 0 }]);
  const { id } = await submitTo('/healthy');
  await deliveryBecomes(turno, `job=${id}`, { state: 'delivered' });
});

test('A refused submit, batch or repeat leaves no row of the webhook origins that it names', async () => {
  await sql`INSERT INTO plans (name, jobs_waiting_max) VALUES ('two-waiting', 2)`;
  await sql`INSERT INTO tenants (id, name, plan) VALUES ('ten_two', 'two', 'two-waiting')`;
  const key = await addKey('ten_two', ['jobs:write', 'jobs:read']);
  const job = (port: number, options = {}) => ({
    kind: 'test.noop',
    input: {},
    options: { delaySeconds: 3_600, webhook: { url: `http://127.0.0.1:${port}/` }, ...options },
  });
  const send = async (path: string, body: unknown, text?: string) =>
    (
      await turno.request(path, {
        body,
        headers: { authorization: `Bearer ${key}`, ...(text !== undefined && { 'idempotency-key': text }) },
      })
    ).status;
  const plain = { kind: 'test.noop', input: {}, options: { delaySeconds: 3_600 } };
  expect(await send('/v1/jobs', plain, 'used')).toBe(202);
  expect(await send('/v1/jobs', job(20_001), 'used')).toBe(422);
  expect(await send('/v1/jobs', job(20_002, { priority: 101 }))).toBe(422);
  expect(await send('/v1/jobs/batch', { jobs: [job(20_003), job(20_004)] })).toBe(429);
  expect(await send('/v1/jobs/batch', { jobs: [job(20_005), job(20_006), job(20_007)] })).toBe(422);
  expect(await sql`SELECT url FROM endpoints WHERE tenant_id = 'ten_two'`).toEqual([]);
  expect(await send('/v1/jobs', job(20_008))).toBe(202);
  expect(await sql`SELECT url FROM endpoints WHERE tenant_id = 'ten_two'`).toEqual([{ url: 'http://127.0.0.1:20008' }]);
});

test.each([
  `http://${'a.'.repeat(200)}example/`,
  `http://127.0.0.1/${'\u{4e00}'.repeat(500)}`,
  'http://10.0.0.1/',
  'http://169.254.169.254/latest/',
  'http://[::1]/',
  'http://2130706434/',
  'http://user:pw@127.0.0.1/',
  'ftp://127.0.0.1/',
  'http://no-such-host.invalid/',
  'http://[2002:808:808::5efe:10.0.0.1]/',
  'http://8.8.8.8:25/',
  'http://127.0.0.1:6379/',
])('The URL %s is refused with a pointer to it, for a job, a job of a batch and an endpoint', async (url) => {
  const webhook = { url };
  const job = { kind: 'test.noop', input: {}, options: { webhook } };
  for (const [path, body, pointer] of [
    ['/v1/jobs', job, '/options/webhook/url'],
    ['/v1/jobs/batch', { jobs: [{ kind: 'test.noop', input: {} }, job] }, '/jobs/1/options/webhook/url'],
    ['/v1/endpoints', { url }, '/url'],
  ] as const) {
    const response = await turno.request(path, { body });
    expect([path, response.status]).toEqual([path, 422]);
    expect(await response.json()).toMatchObject({ code: 'invalid-request', errors: [{ pointer }] });
  }
});
