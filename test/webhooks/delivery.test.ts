import { createHmac } from 'node:crypto';
import { job as jobSchema } from '@turno/contract';
import { Webhook } from 'standardwebhooks';
import postgres, { type Sql } from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { run, show, submit } from '../support/jobs.ts';
import { testKindsDir } from '../support/kinds.ts';
import { type Received, reply, startReceiver } from '../support/http/receivers.ts';
import { startTurno, type Turno } from '../support/apps/start-turno.ts';
import { stores } from '../support/stores/stores.ts';
import { deliveryBecomes, listDeliveries, quickWebhooks, register } from '../support/http/webhooks.ts';

let turno: Turno;
let sql: Sql;
afterAll(() => sql.end());
beforeAll(async () => {
  sql = postgres((await stores()).databaseUrl, { max: 1 });
  turno = await startTurno({ WORKER_QUEUES: 'io', KINDS_DIR: testKindsDir, ...quickWebhooks });
});

/** Verifies a signature by the specification, without our code. */
function signedByHand({ headers, body }: Received, secret: string): boolean {
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const content = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
  const wanted = `v1,${createHmac('sha256', key).update(content).digest('base64')}`;
  return (headers['webhook-signature'] ?? '').split(' ').includes(wanted);
}

const verify = (secret: string, { body, headers }: Received) => new Webhook(secret).verify(body, headers);
const first = (received: Received[], place = 0) =>
  eventually(() => {
    const one = received[place];
    if (one === undefined) throw new Error('nothing has come yet');
    return one;
  });

describe('Deliveries to endpoints', () => {
  test('A delivery has the job as the API shows it and a signature that the published verifier accepts', async () => {
    const receiver = await startReceiver(reply(200, {}, 'thank you'));
    const endpoint = await register(turno, receiver.url);
    const job = await run(turno, 'test.noop', { value: 1 });
    const request = await first(receiver.received);
    expect(verify(endpoint.secret, request)).toEqual({ type: 'job.completed', timestamp: job.finishedAt, data: job });
    expect(signedByHand(request, endpoint.secret)).toBe(true);
    expect(() => verify(endpoint.secret, { ...request, body: `${request.body} ` })).toThrow();
    const delivery = await deliveryBecomes(turno, `job=${job.id}`, { state: 'delivered', endpoint: endpoint.id });
    expect(request.headers['webhook-id']).toBe(delivery.id);
    expect(delivery.attempts).toMatchObject([{ status: 200, error: null, response: 'thank you' }]);
    await turno.request(`/v1/endpoints/${endpoint.id}`, { method: 'DELETE' });
  });

  test('Each event is delivered only to endpoints that subscribe to it, a cancel and a failure too', async () => {
    const [all, failures] = [await startReceiver(reply(204)), await startReceiver(reply(204))];
    const endpoints = [await register(turno, all.url), await register(turno, failures.url, ['job.failed'])];
    const failed = await run(turno, 'test.flaky', { failures: 9 }, { maxAttempts: 2, backoff: [0] });
    const waiting = await submit(turno, 'test.noop', {}, { delaySeconds: 3_600 });
    await turno.request(`/v1/jobs/${waiting.id}/cancel`, { method: 'POST' });
    const late = await submit(turno, 'test.noop', {}, { delaySeconds: 3_600, deadlineSeconds: 3_600 });
    await sql`UPDATE jobs SET deadline_at = now() WHERE id = ${late.id}`;
    await eventually(() => expect(all.received).toHaveLength(3));
    const payloads = all.received.map(({ body }) => JSON.parse(body) as { type: string; data: { id: string } });
    expect(new Set(payloads.map(({ type, data }) => `${type} ${data.id}`))).toEqual(
      new Set([`job.failed ${failed.id}`, `job.cancelled ${waiting.id}`, `job.failed ${late.id}`]),
    );
    for (const { data } of payloads) expect(jobSchema.parse(data)).toEqual(await show(turno, data));
    await eventually(() => expect(failures.received).toHaveLength(2));
    for (const { id } of endpoints) await turno.request(`/v1/endpoints/${id}`, { method: 'DELETE' });
  });

  test('A delivery stays below 20 kB: a larger output is null and read by its link', async () => {
    const receiver = await startReceiver(reply(200));
    const endpoint = await register(turno, receiver.url);
    const value = 'ü'.repeat(8_000);
    const job = await run(turno, 'test.noop', { value }, { metadata: { note: 'x'.repeat(3_000) } });
    const { body } = await first(receiver.received);
    expect(Buffer.byteLength(body)).toBeLessThan(20_000);
    const { data } = JSON.parse(body) as { data: Record<string, unknown> };
    expect(data).toMatchObject({ id: job.id, output: null, metadata: job.metadata, links: job.links });
    await turno.request(`/v1/endpoints/${endpoint.id}`, { method: 'DELETE' });
  });
});

test('A delivery keeps the body of its run, also after the job has run again', async () => {
  const receiver = await startReceiver((socket, request, count) =>
    reply(count < 3 ? 500 : 200)(socket, request, count),
  );
  const endpoint = await register(turno, receiver.url, ['job.failed']);
  const job = await run(turno, 'test.flaky', { failures: 1 }, { maxAttempts: 1 });
  await eventually(() => expect(receiver.received).toHaveLength(1));
  await turno.request(`/v1/jobs/${job.id}/retry`, { method: 'POST' });
  await eventually(() => expect(receiver.received.length).toBeGreaterThanOrEqual(3));
  const bodies = new Set(receiver.received.map(({ headers, body }) => `${headers['webhook-id']} ${body}`));
  const payloads = [...bodies].map((text) => JSON.parse(text.slice(text.indexOf(' '))) as { data: { run: number } });
  expect(new Set(payloads.map(({ data }) => data.run))).toEqual(new Set([1, 2]));
  expect(payloads).toHaveLength(2);
  expect(await listDeliveries(turno, `job=${job.id}`)).toHaveLength(2);
  await turno.request(`/v1/endpoints/${endpoint.id}`, { method: 'DELETE' });
});

test('Both secrets sign during a rotation, the new one first; after it the old one signs no more', async () => {
  const receiver = await startReceiver(reply(200));
  const endpoint = await register(turno, receiver.url);
  const response = await turno.request(`/v1/endpoints/${endpoint.id}/rotate-secret`, { method: 'POST' });
  const { secret, previousUntil } = (await response.json()) as { secret: string; previousUntil: string };
  expect(Date.parse(previousUntil)).toBeGreaterThan(Date.now() + 23 * 3_600_000);
  await run(turno, 'test.noop', {});
  const request = await first(receiver.received);
  for (const one of [secret, endpoint.secret]) {
    expect(verify(one, request)).toMatchObject({ type: 'job.completed' });
    expect(signedByHand(request, one)).toBe(true);
  }
  expect(request.headers['webhook-signature']?.split(' ')).toHaveLength(2);
  await sql`UPDATE webhook_secrets SET old_until = now() WHERE owner_id = ${endpoint.id}`;
  await run(turno, 'test.noop', {});
  const later = await first(receiver.received, 1);
  expect(later.headers['webhook-signature']?.split(' ')).toHaveLength(1);
  expect(verify(secret, later)).toMatchObject({ type: 'job.completed' });
  expect(() => verify(endpoint.secret, later)).toThrow();
  expect(signedByHand(later, endpoint.secret)).toBe(false);
  await turno.request(`/v1/endpoints/${endpoint.id}`, { method: 'DELETE' });
});
