import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { withConstants } from '../support/apps/constants.ts';
import { eventually } from '../support/eventually.ts';
import { openFleet } from '../support/apps/fleet.ts';
import { testKey } from '../support/apps/start-turno.ts';

test('A lock on all jobs that takes every connection: submits get 503, the process is live, and all goes on after it', async () => {
  const fleet = await openFleet();
  const api = await fleet.startApi({ DATABASE_POOL_MAX: '3' });
  await fleet.startWorker({ DATABASE_POOL_MAX: '3' });
  const before = await fleet.submit(api, 'test.wait', { ms: 300 });
  await fleet.sql.begin(async (transaction) => {
    await transaction`LOCK TABLE jobs IN ACCESS EXCLUSIVE MODE`;
    const answers = await Promise.all(Array.from({ length: 30 }, () => fleet.submitOnce(api, 'test.noop')));
    for (const { status, retryAfter } of answers)
      expect({ status, retryAfter }).toEqual({ status: 503, retryAfter: '2' });
    expect((await fetch(`${api.addresses['api']}/livez`)).status).toBe(200);
  });
  await eventually(async () => (await fleet.submitOnce(api, 'test.noop')).status === 202);
  expect(await fleet.verdict(api)).toEqual([]);
  expect(await fleet.row(before.jobId)).toMatchObject({ state: 'completed', tries: 1 });
});

test('Whatever a statement of a request waits for, the answer is a 503 while it waits', async () => {
  const fleet = await openFleet();
  const api = await fleet.startApi();
  const headers = { authorization: `Bearer ${testKey}`, 'content-type': 'application/json' };
  const ask = async ([method, path, body]: readonly [string, string, object?]) => {
    const init = { method, headers, ...(body && { body: JSON.stringify(body) }) };
    const response = await fetch(`${api.addresses['api']}/v1/${path}`, init);
    return [method, path, response.status, response.headers.get('retry-after')];
  };
  const calls = [
    ['GET', 'endpoints'],
    ['POST', 'endpoints', { url: 'https://8.8.8.8/' }],
    ['GET', 'endpoints/ep_1'],
    ['PATCH', 'endpoints/ep_1', { disabled: false }],
    ['DELETE', 'endpoints/ep_1'],
    ['POST', 'endpoints/jobs/rotate-secret'],
    ['POST', 'endpoints/ep_1/redeliver', { since: '2026-11-22T00:00:00Z' }],
    ['GET', 'deliveries'],
    ['GET', 'deliveries/dlv_1'],
    ['POST', 'deliveries/dlv_1/redeliver'],
    ['POST', 'jobs', { kind: 'test.noop', input: {}, options: { webhook: { url: 'https://8.8.8.8/' } } }],
    ['GET', 'schedules'],
    ['PUT', 'schedules/nightly', { cron: '@daily', kind: 'test.noop', input: {} }],
    ['POST', 'schedules/nightly/run'],
    ['GET', 'files/file_1'],
    ['POST', 'files', { contentType: 'a/b', bytes: 1 }],
  ] as const;
  await fleet.sql.begin(async (transaction) => {
    await transaction`LOCK TABLE endpoints, deliveries, webhook_secrets, schedules, files IN ACCESS EXCLUSIVE MODE`;
    const answers = await Promise.all(calls.map(ask));
    // A list is a tenant query, which has a timeout of its own.
    const retryAfter = (path: string) => (path === 'deliveries' ? '5' : '2');
    expect(answers).toEqual(calls.map(([method, path]) => [method, path, 503, retryAfter(path)]));
  });
});

test('A run of a schedule that was accepted is answered as such, whatever then keeps its schedule from noting it', async () => {
  const fleet = await openFleet();
  const api = await fleet.startApi();
  const headers = { authorization: `Bearer ${testKey}`, 'content-type': 'application/json' };
  const path = `${api.addresses['api']}/v1/schedules/hourly`;
  const body = JSON.stringify({ cron: '@hourly', kind: 'test.noop', input: {} });
  expect((await fetch(path, { method: 'PUT', headers, body })).status).toBe(201);
  await fleet.sql.begin(async (transaction) => {
    await transaction`LOCK TABLE schedules IN SHARE MODE`;
    expect((await fetch(`${path}/run`, { method: 'POST', headers })).status).toBe(202);
  });
});

test('Clients that send a byte now and then and never end are cut, and the others are served meanwhile', async () => {
  const fleet = await openFleet();
  const api = await fleet.startApi(withConstants({ http: { headersTimeoutMs: 1_000 } }));
  const { hostname, port } = new URL(api.addresses['api'] ?? '');
  const slow = Array.from({ length: 200 }, () => connect(Number(port), hostname).resume());
  onTestFinished(() => slow.forEach((socket) => socket.destroy()));
  const left = () => slow.filter((socket) => !socket.destroyed);
  for (const socket of slow)
    socket.on('error', () => socket.destroy()).write('POST /v1/jobs HTTP/1.1\r\nHost: a\r\nX: ');
  while (left().length > 0) {
    for (const socket of left()) socket.write('x');
    expect((await fleet.submit(api, 'test.noop')).status).toBe(202);
    await delay(100); // the pace of the slow ones
  }
});
