import type { Job } from '@turno/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { jobsByHand, type JobsByHand } from '../support/jobs-by-hand.ts';
import { addKey, startApi, type Api } from '../support/apps/start-api.ts';

const all = ['jobs:read', 'jobs:write', 'admin'];
let api: Api;
let hand: JobsByHand;
let key: string;
let operator: string;
beforeAll(async () => {
  [api, hand] = await Promise.all([startApi(), jobsByHand()]);
  key = await addKey('ten_watched', all);
  operator = await addKey('ten_first', ['admin']);
});
afterAll(() => hand.close());

async function submit(input: object = {}): Promise<Job> {
  const response = await api.request('/v1/jobs', { key, body: { kind: 'test.noop', input } });
  expect(response.status).toBe(202);
  return (await response.json()) as Job;
}

const ask = (path: string, more: { method?: string; key?: string; body?: object } = {}) =>
  api.request(`/v1/tenants/ten_watched/jobs${path}`, { key: operator, ...more });

async function fail(id: string): Promise<void> {
  await hand.start(id);
  await hand.fail(id, 'broken');
}

test('The operator reads, lists, cancels and retries the jobs of a tenant', async () => {
  const { id } = await submit({ value: 7 });
  const read = await ask(`/${id}`);
  expect([read.status, await read.json()]).toMatchObject([200, { id, state: 'queued' }]);
  expect(await (await ask(`/${id}/input`)).json()).toMatchObject({ value: 7 });
  const { jobs } = (await (await ask('?state=queued')).json()) as { jobs: Job[] };
  expect(jobs.map((job) => job.id)).toContain(id);
  const cancelled = await ask(`/${id}/cancel`, { method: 'POST' });
  expect([cancelled.status, await cancelled.json()]).toMatchObject([200, { state: 'cancelled' }]);
  const retried = await ask(`/${id}/retry`, { method: 'POST' });
  expect([retried.status, await retried.json()]).toMatchObject([202, { state: 'queued', run: 2 }]);
  expect(retried.headers.get('location')).toBe(`/v1/tenants/ten_watched/jobs/${id}`);
});

test('The operator retries the failed jobs of one tenant and of no other', async () => {
  const { id } = await submit();
  await fail(id);
  const own = (await (await api.request('/v1/jobs', { body: { kind: 'test.noop', input: {} } })).json()) as Job;
  await fail(own.id);
  const answer = await ask('/retry', { method: 'POST', body: { filter: { kind: 'test.noop' } } });
  expect(answer.status).toBe(202);
  expect(await (await ask(`/${id}`)).json()).toMatchObject({ state: 'queued', run: 2 });
  expect(await (await api.request(`/v1/jobs/${own.id}`)).json()).toMatchObject({ state: 'failed', run: 1 });
});

test('A job of another tenant is answered 404 under a tenant, and the short path is 404 for the operator', async () => {
  const { id } = await submit();
  expect((await api.request(`/v1/jobs/${id}`)).status).toBe(404);
  expect((await api.request(`/v1/jobs/${id}/cancel`, { method: 'POST' })).status).toBe(404);
  expect((await api.request(`/v1/tenants/ten_first/jobs/${id}`, { key: operator })).status).toBe(404);
  const missing = await api.request(`/v1/tenants/ten_none/jobs/${id}`, { key: operator });
  expect([missing.status, await missing.json()]).toMatchObject([404, { code: 'tenant-not-found' }]);
});

test('Only an admin of the operator tenant uses the paths of a tenant, its own admin included', async () => {
  const { id } = await submit();
  const worker = await addKey('ten_first', ['jobs:read', 'jobs:write']);
  for (const other of [key, worker]) expect((await ask(`/${id}`, { key: other })).status).toBe(403);
});
