import type { Job } from '@turno/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { jobsByHand, type JobsByHand } from '../support/jobs-by-hand.ts';
import { addKey, startApi, type Api } from '../support/apps/start-api.ts';

let api: Api;
let hand: JobsByHand;
beforeAll(async () => {
  [api, hand] = await Promise.all([startApi({ HTTP_MAX_CONNECTIONS: '80' }), jobsByHand()]);
});
afterAll(() => hand.close());

const wait = (seconds: number) => ({ prefer: `wait=${seconds}` });
const body = { kind: 'test.noop', input: {}, options: {} };

async function submit(): Promise<string> {
  return ((await (await api.request('/v1/jobs', { body })).json()) as Job).id;
}

/** Until the request that was sent last is pending. The tests run one after the other, so nobody else waits. */
const isBlocked = () => eventually(() => hand.someoneWaits());

/** The job of a submit that is still pending: its caller does not know the id yet. */
async function idByTag(tag: string): Promise<string> {
  return eventually(async () => {
    const id = await hand.findByTag(tag);
    if (id === undefined) throw new Error('not committed yet');
    return id;
  });
}

test('A submit with Prefer: wait is answered 200 with the finished job', async () => {
  const pending = api.request('/v1/jobs', { body: { ...body, options: { tags: ['waits'] } }, headers: wait(60) });
  const id = await idByTag('waits');
  await isBlocked();
  await hand.start(id);
  await hand.complete(id, '{"value":7}');
  const response = await pending;
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ id, state: 'completed', output: { value: 7 } });
  expect(response.headers.get('preference-applied')).toBe('wait=60');
  expect(response.headers.get('content-location')).toBe(`/v1/jobs/${id}`);
});

test('A submit with Prefer: wait whose job does not end in time is answered 202', async () => {
  const response = await api.request('/v1/jobs', { body, headers: wait(1) });
  expect(response.status).toBe(202);
  expect(response.headers.get('preference-applied')).toBe('wait=1');
  expect(response.headers.get('retry-after')).toBe('1');
});

test('A preferred wait of more than 60 s is applied as 60 s, and an invalid one is ignored', async () => {
  const id = await submit();
  await hand.start(id);
  await hand.complete(id, '{}');
  const most = await api.request(`/v1/jobs/${id}`, { headers: wait(3_600) });
  expect(most.headers.get('preference-applied')).toBe('wait=60');
  const none = await api.request(`/v1/jobs/${id}`, { headers: { prefer: 'wait=soon' } });
  expect([none.status, none.headers.get('preference-applied')]).toEqual([200, null]);
});

test('A read with Prefer: wait is answered when the job is final', async () => {
  const id = await submit();
  const pending = [
    api.request(`/v1/jobs/${id}`, { headers: wait(60) }),
    api.request(`/v1/jobs/${id}/output`, { headers: wait(60) }),
  ];
  await isBlocked();
  await hand.start(id);
  await hand.complete(id, '{"value":1}');
  const [job, output] = await Promise.all(pending);
  expect(await job?.json()).toMatchObject({ state: 'completed' });
  expect([output?.status, await output?.json()]).toEqual([200, { value: 1 }]);
});

test('A long poll of an output ends at once when the job fails', async () => {
  const id = await submit();
  await hand.start(id);
  const pending = api.request(`/v1/jobs/${id}/output`, { headers: wait(60) });
  await isBlocked();
  await hand.fail(id, 'broken');
  const response = await pending;
  expect([response.status, ((await response.json()) as { error: unknown }).error]).toMatchObject([
    409,
    { code: 'broken' },
  ]);
});

test('A long poll with If-None-Match waits for another state, which progress is not', async () => {
  const id = await submit();
  const queued = (await api.request(`/v1/jobs/${id}`)).headers.get('etag') ?? '';
  const pending = api.request(`/v1/jobs/${id}`, { headers: { ...wait(60), 'if-none-match': queued } });
  await isBlocked();
  await hand.start(id);
  const response = await pending;
  expect(await response.json()).toMatchObject({ state: 'running' });
  const running = response.headers.get('etag') ?? '';
  const blockedToo = api.request(`/v1/jobs/${id}`, { headers: { ...wait(60), 'if-none-match': running } });
  await isBlocked();
  await hand.progress(id, 50);
  expect(((await (await api.request(`/v1/jobs/${id}`)).json()) as Job).progress?.percent).toBe(50);
  await hand.complete(id, '{}');
  expect(await (await blockedToo).json()).toMatchObject({ state: 'completed' });
});

test('A long poll with the ETag of an older state or of the final state is answered at once', async () => {
  const id = await submit();
  const queued = (await api.request(`/v1/jobs/${id}`)).headers.get('etag') ?? '';
  await hand.start(id);
  const news = await api.request(`/v1/jobs/${id}`, { headers: { ...wait(60), 'if-none-match': queued } });
  expect([news.status, ((await news.json()) as Job).state]).toEqual([200, 'running']);
  await hand.complete(id, '{}');
  const etag = (await api.request(`/v1/jobs/${id}`)).headers.get('etag') ?? '';
  const known = await api.request(`/v1/jobs/${id}`, { headers: { ...wait(60), 'if-none-match': etag } });
  expect([known.status, known.headers.get('preference-applied')]).toEqual([304, 'wait=60']);
});

test('A long poll without a change is answered 304 with Retry-After', async () => {
  const id = await submit();
  const etag = (await api.request(`/v1/jobs/${id}`)).headers.get('etag') ?? '';
  const response = await api.request(`/v1/jobs/${id}`, { headers: { ...wait(1), 'if-none-match': etag } });
  expect([response.status, response.headers.get('retry-after')]).toEqual([304, '1']);
  const other = await api.request(`/v1/jobs/${id}`, { headers: wait(1) });
  expect([other.status, other.headers.get('retry-after')]).toEqual([200, '1']);
});

test('A client that closes its connection ends its own long poll alone', async () => {
  const client = new AbortController();
  const options = { tags: ['left'] };
  const pending = api.request('/v1/jobs', { body: { ...body, options }, headers: wait(60), signal: client.signal });
  const id = await idByTag('left');
  await isBlocked();
  client.abort();
  await expect(pending).rejects.toThrow('abort');
  await eventually(() => api.app.log().some((line) => line['jobId'] === id && line['clientGone'] === 1));
  await hand.start(id);
  await hand.complete(id, '{}');
  expect(await (await api.request(`/v1/jobs/${id}`)).json()).toMatchObject({ state: 'completed' });
});

test('A tenant that waits on half of the connections is answered at once, while another tenant’s request waits', async () => {
  const id = await submit();
  const read = (seconds: number) => api.request(`/v1/jobs/${id}`, { headers: wait(seconds) });
  const pending = Array.from({ length: 40 }, () => read(60));
  const refused = await eventually(async () => {
    const response = await read(1);
    expect(response.headers.get('preference-applied')).toBeNull();
    return response;
  });
  expect([refused.status, refused.headers.has('retry-after')]).toEqual([200, true]);
  const key = await addKey('ten_waiting', ['jobs:read', 'jobs:write']);
  const other = await api.request('/v1/jobs', { key, body, headers: wait(1) });
  expect(other.headers.get('preference-applied')).toBe('wait=1');
  await hand.start(id);
  await hand.complete(id, '{}');
  expect(new Set((await Promise.all(pending)).map(({ status }) => status))).toEqual(new Set([200]));
  expect((await read(1)).headers.get('preference-applied')).toBe('wait=1');
});
