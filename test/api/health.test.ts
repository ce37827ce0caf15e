import type { Job } from '@turno/contract';
import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { jobsByHand } from '../support/jobs-by-hand.ts';
import { startApi } from '../support/apps/start-api.ts';

const body = { kind: 'test.noop', input: {} };

test('The health endpoints need no key, list their parts on request, and answer alike on the operations port', async () => {
  const { request, app } = await startApi();
  const ops = app.addresses['ops'] ?? '';
  expect(await (await request('/livez', { key: null })).json()).toEqual({ status: 'alive' });
  expect(await (await fetch(`${ops}/livez`)).json()).toEqual({ status: 'alive' });
  // Redis may still be on its way: that is 200 too.
  expect((await request('/readyz', { key: null })).status).toBe(200);
  await eventually(async () => {
    expect(await (await request('/readyz', { key: null })).json()).toEqual({ status: 'ready' });
  });
  expect(await (await fetch(`${ops}/readyz?verbose`)).json()).toEqual({
    status: 'ready',
    checks: { postgres: { status: 'up' }, redis: { status: 'up' } },
  });
  expect((await fetch(`${ops}/v1/kinds`)).status).toBe(404);
});

test.each([
  ['submit', 202],
  ['read', 200],
])('On SIGTERM a pending %s ends as at its timeout, and no new request is accepted', async (what, status) => {
  const hand = await jobsByHand();
  const { app, request } = await startApi();
  const { id } = (await (await request('/v1/jobs', { body })).json()) as Job;
  const path = what === 'submit' ? '/v1/jobs' : `/v1/jobs/${id}`;
  const pending = request(path, { headers: { prefer: 'wait=60' }, ...(what === 'submit' && { body }) });
  await eventually(() => hand.someoneWaits());
  await hand.close();
  app.kill('SIGTERM');
  const response = await pending;
  expect([response.status, response.headers.get('connection')]).toEqual([status, 'close']);
  expect(await response.json()).toMatchObject({ state: 'queued' });
  expect(await app.exited).toBe(0);
  await expect(request('/livez')).rejects.toThrow('fetch failed');
});
