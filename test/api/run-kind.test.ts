import type { Job } from '@turno/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inputFromQuery } from '../../apps/api/src/http/request/query-input.ts';
import { jobsByHand, type JobsByHand } from '../support/jobs-by-hand.ts';
import { eventually } from '../support/eventually.ts';
import { type Api, startApi } from '../support/apps/start-api.ts';

let api: Api;
let hand: JobsByHand;
beforeAll(async () => {
  [api, hand] = await Promise.all([startApi({ RESULT_CACHE_SECONDS: '120' }), jobsByHand()]);
});
afterAll(() => hand.close());

const run = (query: string, headers: Record<string, string> = {}) =>
  api.request(`/v1/run/math.sum-of-squares?${query}`, { headers });

test('A run of a kind is answered 202 with the job, then the bare result with its age, then 304 for its ETag', async () => {
  const early = await run('n=3', { prefer: 'wait=0' });
  expect([early.status, early.headers.get('cache-control')]).toEqual([202, 'no-store']);
  expect(early.headers.get('preference-applied')).toBe('wait=0');
  const { id, input } = (await early.json()) as Job;
  expect([input, early.headers.get('location')]).toEqual([{ n: 3 }, `/v1/jobs/${id}`]);
  await hand.start(id);
  const waiting = run('n=3');
  await eventually(() => hand.someoneWaits());
  await hand.complete(id, '{"sum":"5"}');
  const waited = await waiting;
  expect([waited.status, await waited.json(), waited.headers.get('age')]).toEqual([
    200,
    { sum: '5' },
    expect.stringMatching(/^\d+$/),
  ]);
  const hit = await run('n=3');
  expect([hit.status, await hit.json()]).toEqual([200, { sum: '5' }]);
  expect(hit.headers.get('cache-control')).toBe('private, max-age=120');
  expect(hit.headers.get('cache-status')).toBe('turno; hit');
  expect(Number(hit.headers.get('age'))).toBeGreaterThanOrEqual(0);
  const known = await run('n=3', { 'if-none-match': hit.headers.get('etag') ?? '' });
  expect([known.status, await known.text()]).toEqual([304, '']);
});

test('A run of a kind whose job failed is answered 502, is not cached, and the next call starts a new job', async () => {
  const { id } = (await (await run('n=4', { prefer: 'wait=0' })).json()) as Job;
  const waiting = run('n=4');
  await eventually(() => hand.someoneWaits());
  await hand.start(id);
  await hand.fail(id, 'no-luck');
  const failed = await waiting;
  expect([failed.status, failed.headers.get('cache-control')]).toEqual([502, 'no-store']);
  expect(await failed.json()).toMatchObject({ code: 'job-failed', jobId: id, error: { code: 'no-luck' } });
  expect(((await (await run('n=4', { prefer: 'wait=0' })).json()) as Job).id).not.toBe(id);
});

test('A run of a kind refuses in its query what a body may not contain', async () => {
  const response = await api.request('/v1/run/demo.expensive?prompt=a%00b');
  expect([response.status, await response.json()]).toMatchObject([
    422,
    { code: 'invalid-request', detail: '/prompt contains NUL (\\u0000)' },
  ]);
});

test('A run of a kind refuses invalid input, unknown kinds and kinds whose results are not reusable', async () => {
  const faulty = await run('n=many&colour=red');
  expect(faulty.status).toBe(422);
  expect(await faulty.json()).toMatchObject({ errors: [{ pointer: '/n' }, { pointer: '/colour' }] });
  for (const kind of ['test.none', 'test.noop']) {
    const response = await api.request(`/v1/run/${kind}`);
    expect([response.status, await response.json()]).toMatchObject([404, { code: 'unknown-kind' }]);
  }
});

describe('a query becomes what the schema wants', () => {
  const properties = {
    n: { type: 'integer' },
    flag: { type: 'boolean' },
    name: { type: 'string' },
    sizes: { type: 'array', items: { type: 'number' } },
    maybe: { anyOf: [{ type: 'number' }, { type: 'null' }] },
  };
  test.each([
    [{ n: '12' }, { n: 12 }],
    [{ n: '1e3' }, { n: 1_000 }],
    [{ n: ' 1' }, { n: ' 1' }],
    [{ n: '0x10' }, { n: '0x10' }],
    [{ n: ['1', '2'] }, { n: ['1', '2'] }],
    [{ flag: 'true' }, { flag: true }],
    [{ name: '12' }, { name: '12' }],
    [{ sizes: '1.5' }, { sizes: [1.5] }],
    [{ sizes: ['1', 'x'] }, { sizes: [1, 'x'] }],
    [{ maybe: 'null' }, { maybe: null }],
    [{ maybe: '-2' }, { maybe: -2 }],
    [{ unknown: '1' }, { unknown: '1' }],
  ])('%j', (query, input) => {
    expect(inputFromQuery(query, { properties })).toEqual(input);
  });
});
