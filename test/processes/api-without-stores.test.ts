import type { Job } from '@turno/contract';
import { expect, onTestFinished, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { startApi } from '../support/apps/start-api.ts';
import { stores } from '../support/stores/stores.ts';
import { openTcpGate } from '../support/http/tcp-gate.ts';

const body = { kind: 'test.noop', input: {} };

/** The same address, through a gate that can be shut. */
async function gated(address: string) {
  const url = new URL(address);
  const gate = await openTcpGate(Number(url.port));
  onTestFinished(() => gate.close());
  url.port = String(gate.port);
  return { gate, url: url.href };
}

test('Without Redis jobs are accepted and read, and readiness is 200 degraded', async () => {
  const { gate, url } = await gated((await stores()).redisUrl);
  const { request } = await startApi({ REDIS_URL: url });
  gate.shut();
  await eventually(async () => {
    const ready = await request('/readyz?verbose');
    expect(ready.status).toBe(200);
    expect(await ready.json()).toMatchObject({ status: 'degraded', checks: { redis: { status: 'away' } } });
  });
  const response = await request('/v1/jobs', { body, headers: { prefer: 'wait=1' } });
  expect(response.status).toBe(202);
  const { id } = (await response.json()) as Job;
  expect(await (await request(`/v1/jobs/${id}`)).json()).toMatchObject({ id, state: 'queued' });
  gate.open();
  await eventually(async () => {
    expect(await (await request('/readyz')).json()).toEqual({ status: 'ready' });
  });
});

test('Without Postgres submits are answered 503 with Retry-After, the API is not ready after 5 s, and it recovers by itself', async () => {
  const { gate, url } = await gated((await stores()).databaseUrl);
  const { request, app } = await startApi({ DATABASE_URL: url });
  const { id } = (await (await request('/v1/jobs', { body })).json()) as Job;
  gate.shut();
  for (const response of [
    await request('/v1/jobs', { body, once: true }),
    await request(`/v1/jobs/${id}`, { once: true }),
  ]) {
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '2']);
    expect(await response.json()).toMatchObject({ code: 'store-unavailable' });
  }
  expect((await request('/livez')).status).toBe(200);
  await eventually(async () => {
    const ready = await fetch(`${app.addresses['ops']}/readyz?verbose`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ status: 'unavailable', checks: { postgres: { status: 'away' } } });
  });
  gate.open();
  await eventually(async () => {
    expect((await request('/readyz')).status).toBe(200);
    expect((await request('/v1/jobs', { body })).status).toBe(202);
  });
});
