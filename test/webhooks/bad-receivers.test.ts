import { gzipSync } from 'node:zlib';
import type { Delivery } from '@turno/contract';
import postgres, { type Sql } from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mergeSettings, withConstants } from '../support/apps/constants.ts';
import { eventually } from '../support/eventually.ts';
import { run } from '../support/jobs.ts';
import { testKindsDir } from '../support/kinds.ts';
import { type Answer, reply, startReceiver } from '../support/http/receivers.ts';
import { selfSigned } from '../support/http/self-signed.ts';
import { startTurno, type Turno } from '../support/apps/start-turno.ts';
import { stores } from '../support/stores/stores.ts';
import { deliveryBecomes, listDeliveries, quickWebhooks, register } from '../support/http/webhooks.ts';

let turno: Turno;
let sql: Sql;
beforeAll(async () => {
  sql = postgres((await stores()).databaseUrl, { max: 1 });
  const shortTimeout = withConstants({ deliveries: { timeoutMs: 5_000 } });
  turno = await startTurno({
    WORKER_QUEUES: 'io',
    KINDS_DIR: testKindsDir,
    ...mergeSettings(quickWebhooks, shortTimeout),
  });
});
afterAll(() => sql.end());

const end = (id: string) => turno.request(`/v1/endpoints/${id}`, { method: 'DELETE' });

/** Returns the delivery to this receiver after its first try. */
async function firstTry(url: string): Promise<Delivery> {
  const endpoint = await register(turno, url);
  const job = await run(turno, 'test.noop', {});
  const tried = await eventually(async () => {
    const [delivery] = await listDeliveries(turno, `job=${job.id}&endpoint=${endpoint.id}`);
    if (delivery === undefined || delivery.attempts.length === 0) throw new Error('not tried yet');
    return delivery;
  });
  await end(endpoint.id);
  return tried;
}

const bomb = gzipSync(Buffer.alloc(32 * 1024 * 1024, 'b'));
const drip: Answer = (socket) => {
  socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n');
  const timer = setInterval(() => socket.write('.'), 20);
  socket.on('close', () => clearInterval(timer));
};

const cases: [string, Answer, Partial<Delivery['attempts'][number]>][] = [
  ['cuts the connection', (socket) => socket.destroy(), { status: null, error: 'network-failure' }],
  ['is silent', () => {}, { status: null, error: 'timeout' }],
  ['drips', drip, { status: null, error: 'timeout' }],
  ['answers 500', reply(500, {}, 'oops'), { status: 500, error: 'http-status', response: 'oops' }],
  ['redirects', reply(302, { location: 'http://127.0.0.1:9/' }), { status: 302, error: 'http-status' }],
  ['answers nonsense', (socket) => socket.end('SSH-2.0-OpenSSH\r\n'), { status: null, error: 'network-failure' }],
  ['answers NUL and half a letter', reply(500, {}, Buffer.from([0, 0xc3])), { status: 500, error: 'http-status' }],
  ['fails with a bomb', reply(500, { 'content-encoding': 'gzip' }, bomb), { status: 500, response: 'b'.repeat(1_000) }],
];

describe('A try without a 2xx answer', () => {
  test.each(cases)(
    'A try that a receiver does not answer by 2xx is logged and repeated: %s',
    async (_what, answer, attempt) => {
      const receiver = await startReceiver(answer);
      const delivery = await firstTry(receiver.url);
      expect(delivery.attempts[0]).toMatchObject(attempt);
      expect(receiver.received.length).toBeGreaterThanOrEqual(1);
      expect(delivery.state === 'delivered').toBe(false);
    },
  );

  test('A try to a receiver that is down is logged and repeated', async () => {
    expect((await firstTry('http://127.0.0.1:9/')).attempts[0]).toMatchObject({
      status: null,
      error: 'network-failure',
    });
  });

  test('Nothing is sent to a receiver with an untrusted certificate', async () => {
    const receiver = await startReceiver(reply(200), selfSigned());
    expect((await firstTry(receiver.url)).attempts[0]).toMatchObject({ status: null, error: 'network-failure' });
    expect(receiver.received).toEqual([]);
  });
});

test('A 2xx answer with a decompression bomb as body is a success', async () => {
  const receiver = await startReceiver(reply(200, { 'content-encoding': 'gzip' }, bomb));
  expect(await firstTry(receiver.url)).toMatchObject({ state: 'delivered', attempts: [{ status: 200 }] });
});

const brokenBodies: [string, Answer][] = [
  ['is no gzip', reply(200, { 'content-encoding': 'gzip' }, 'plain')],
  ['is gzip that breaks off', reply(200, { 'content-encoding': 'gzip' }, bomb.subarray(0, 1_000))],
  ['is no brotli', reply(202, { 'content-encoding': 'br' }, 'plain')],
  ['is shorter than its length', reply(200, { 'content-length': '100' }, 'half')],
  [
    'ends in a broken chunk',
    (socket) => socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\nnonsense\r\n'),
  ],
  [
    'is reset',
    (socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf', () =>
        setImmediate(() => socket.resetAndDestroy()),
      );
    },
  ],
];

test('A 2xx answer is a success whatever is wrong with its body', async () => {
  const outcomes = await Promise.all(
    brokenBodies.map(async ([what, answer]) => {
      const receiver = await startReceiver(answer);
      const webhook = { url: receiver.url };
      const job = await run(turno, 'test.noop', {}, { webhook });
      const delivery = await deliveryBecomes(turno, `job=${job.id}`, { attempts: [expect.anything()] });
      return [what, delivery.state, delivery.attempts[0]?.error];
    }),
  );
  expect(outcomes).toEqual(brokenBodies.map(([what]) => [what, 'delivered', null]));
});

test('Redelivery of a delivery that waits for its next try sends it at once and ends the pause of its endpoint', async () => {
  let status = 503;
  const receiver = await startReceiver((...all) => reply(status, { 'retry-after': '600' })(...all));
  const endpoint = await register(turno, receiver.url);
  const job = await run(turno, 'test.noop', {});
  const { id } = await deliveryBecomes(turno, `job=${job.id}`, { state: 'pending', attempts: [expect.anything()] });
  await eventually(async () => {
    const [row] = await sql`SELECT paused_until > now() AS paused FROM endpoints WHERE id = ${endpoint.id}`;
    expect(row).toEqual({ paused: true });
  });
  status = 200;
  const sent = await turno.request(`/v1/deliveries/${id}/redeliver`, { method: 'POST' });
  expect([sent.status, await sent.json()]).toMatchObject([202, { id, state: 'pending' }]);
  const done = await deliveryBecomes(turno, `job=${job.id}`, { state: 'delivered' });
  expect(done.attempts.map((attempt) => attempt.status)).toEqual([503, 200]);
  const [row] = await sql`SELECT tries FROM deliveries WHERE id = ${id}`;
  expect(row).toEqual({ tries: 2 });
  expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([id]));
  await end(endpoint.id);
});

test('A 429 with an absurd Retry-After pauses the endpoint for an hour at most', async () => {
  const receiver = await startReceiver(reply(429, { 'retry-after': '99999999999' }));
  const endpoint = await register(turno, receiver.url);
  const job = await run(turno, 'test.noop', {});
  const delivery = await deliveryBecomes(turno, `job=${job.id}`, {
    state: 'pending',
    attempts: [expect.objectContaining({ status: 429 })],
  });
  const inMs = Date.parse(delivery.nextTryAt ?? '') - Date.now();
  expect(inMs).toBeGreaterThan(50 * 60_000);
  expect(inMs).toBeLessThanOrEqual(60 * 60_000 + 1_000);
  await run(turno, 'test.noop', {});
  const other = await register(turno, (await startReceiver(reply(200))).url);
  const later = await run(turno, 'test.noop', {});
  await deliveryBecomes(turno, `job=${later.id}&endpoint=${other.id}`, { state: 'delivered' });
  expect(receiver.received).toHaveLength(1);
  for (const { id } of [endpoint, other]) await end(id);
});

test('A 410 disables the endpoint and exhausts its deliveries; enabled again, it can get them', async () => {
  let status = 410;
  const receiver = await startReceiver((...all) => reply(status)(...all));
  const endpoint = await register(turno, receiver.url);
  const job = await run(turno, 'test.noop', {});
  await deliveryBecomes(turno, `job=${job.id}`, { state: 'exhausted', reason: 'gone' });
  const shown = async () => (await turno.request(`/v1/endpoints/${endpoint.id}`)).json();
  expect(await shown()).toMatchObject({ disabledReason: 'gone', disabledAt: expect.any(String) });
  const undelivered = await run(turno, 'test.noop', {});
  expect(await listDeliveries(turno, `job=${undelivered.id}`)).toEqual([]);
  const since = { since: job.createdAt };
  const refused = await turno.request(`/v1/endpoints/${endpoint.id}/redeliver`, { body: since });
  expect(refused.status).toBe(409);
  status = 200;
  await turno.request(`/v1/endpoints/${endpoint.id}`, { method: 'PATCH', body: { disabled: false } });
  const redelivered = await turno.request(`/v1/endpoints/${endpoint.id}/redeliver`, { body: since });
  expect(await redelivered.json()).toEqual({ count: 1 });
  const again = await deliveryBecomes(turno, `job=${job.id}`, { state: 'delivered' });
  expect(again.attempts.map((attempt) => attempt.status)).toEqual([410, 200]);
  expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  await end(endpoint.id);
});

test('Five days without a success disable an endpoint, and the endpoint shows the reason', async () => {
  const receiver = await startReceiver(reply(500));
  const endpoint = await register(turno, receiver.url);
  await sql`UPDATE endpoints SET failures = 3, failing_since = now() - interval '121 hours' WHERE id = ${endpoint.id}`;
  const job = await run(turno, 'test.noop', {});
  await deliveryBecomes(turno, `job=${job.id}`, { state: 'exhausted', reason: 'failing' });
  expect(await (await turno.request(`/v1/endpoints/${endpoint.id}`)).json()).toMatchObject({
    disabledReason: 'failing',
  });
  expect(turno.workerApp.output()).toContain('endpoint was disabled');
  await end(endpoint.id);
});

test('A delivery is exhausted after its tenth failed try, and can be redelivered but while a try is under way', async () => {
  // The try of the redelivery gets no answer.
  const receiver = await startReceiver((socket, request, count) => {
    if (count <= 10) reply(500)(socket, request, count);
  });
  const endpoint = await register(turno, receiver.url);
  const job = await run(turno, 'test.noop', {});
  const done = await eventually(async () => {
    await sql`UPDATE deliveries SET due_at = now() WHERE job_id = ${job.id} AND due_at > now() AND NOT in_flight`;
    await sql`UPDATE endpoints SET paused_until = NULL WHERE id = ${endpoint.id}`;
    const [delivery] = await listDeliveries(turno, `job=${job.id}`);
    if (delivery?.state !== 'exhausted') throw new Error(`${delivery?.attempts.length} tries`);
    return delivery;
  });
  expect(done).toMatchObject({ reason: 'tries', nextTryAt: null });
  expect(done.attempts).toHaveLength(10);
  expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([done.id]));
  expect((await turno.request(`/v1/deliveries/${done.id}/redeliver`, { method: 'POST' })).status).toBe(202);
  await eventually(() => expect(receiver.received).toHaveLength(11));
  expect((await turno.request(`/v1/deliveries/${done.id}/redeliver`, { method: 'POST' })).status).toBe(409);
  await end(endpoint.id);
});
