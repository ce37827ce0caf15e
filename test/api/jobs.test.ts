import { job as jobSchema, type Job } from '@turno/contract';
import { openPostgres } from '@turno/postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { jobsByHand, type JobsByHand } from '../support/jobs-by-hand.ts';
import { testKey } from '../support/apps/start-turno.ts';
import { startApi, type Api } from '../support/apps/start-api.ts';
import { stores } from '../support/stores/stores.ts';

let api: Api;
let hand: JobsByHand;
beforeAll(async () => {
  [api, hand] = await Promise.all([startApi({ RESULT_CACHE_SECONDS: '120' }), jobsByHand()]);
});
afterAll(() => hand.close());

async function submit(body: unknown = { kind: 'test.noop', input: { value: 1 } }): Promise<Job> {
  const response = await api.request('/v1/jobs', { body });
  expect(response.status).toBe(202);
  return (await response.json()) as Job;
}

test('A submit is answered 202 with the job, its location and Retry-After', async () => {
  const options = { priority: 7, tags: ['a', 'b'], metadata: { order: 1 }, maxAttempts: 5 };
  const response = await api.request('/v1/jobs', { body: { kind: 'test.noop', input: { value: [1] }, options } });
  expect(response.status).toBe(202);
  const job = jobSchema.parse(await response.json());
  expect(job).toMatchObject({ state: 'queued', input: { value: [1] }, attempt: 0, run: 1, ...options });
  expect(response.headers.get('location')).toBe(`/v1/jobs/${job.id}`);
  expect(job.links.self).toBe(`/v1/jobs/${job.id}`);
  expect(response.headers.get('retry-after')).toBe('1');
  expect(response.headers.get('vary')).toBe('Authorization, Prefer, Accept-Encoding');
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(response.headers.get('server-timing')).toMatch(/^total;dur=[\d.]+$/);
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  const read = await api.request(`/v1/jobs/${job.id}`);
  expect({ ...((await read.json()) as Job), position: null }).toEqual(job);
});

test('A job shows each state from its submit to its output', async () => {
  const { id } = await submit();
  const queued = await api.request(`/v1/jobs/${id}`);
  expect(queued.headers.get('etag')).toMatch(/^W\/"1-queued-\d+"$/);
  expect(queued.headers.get('cache-control')).toBe('private, no-cache');
  expect(queued.headers.get('retry-after')).toBe('1');
  await hand.start(id);
  const running = await api.request(`/v1/jobs/${id}`);
  expect(running.headers.get('etag')).toMatch(/^W\/"1-running-\d+"$/);
  expect(jobSchema.parse(await running.json())).toMatchObject({ state: 'running', attempt: 1, output: null });
  await hand.complete(id, '{"value": [1, 2]}');
  const completed = await api.request(`/v1/jobs/${id}`);
  expect(completed.headers.get('etag')).toMatch(/^"1-completed-\d+"$/);
  expect(completed.headers.get('cache-control')).toBe('private, max-age=120');
  expect(completed.headers.get('vary')).toBe('Authorization, Prefer, Accept-Encoding');
  expect(completed.headers.get('retry-after')).toBeNull();
  expect(jobSchema.parse(await completed.json())).toMatchObject({ state: 'completed', output: { value: [1, 2] } });
  const output = await api.request(`/v1/jobs/${id}/output`);
  expect([output.status, await output.json()]).toEqual([200, { value: [1, 2] }]);
  expect(output.headers.get('cache-control')).toBe('private, max-age=120');
});

test('The answer for a job that is due later has a Retry-After that fits', async () => {
  const { id, state } = await submit({ kind: 'test.noop', options: { delaySeconds: 100 }, input: {} });
  expect(state).toBe('scheduled');
  const response = await api.request(`/v1/jobs/${id}`);
  const seconds = Number(response.headers.get('retry-after'));
  expect(seconds).toBeGreaterThan(60);
  expect(seconds).toBeLessThanOrEqual(100);
});

test('An input or output over 16 KiB is not in the job’s body but behind its link', async () => {
  const value = 'é'.repeat(20_000);
  const { id, input } = await submit({ kind: 'test.noop', input: { value } });
  expect(input).toBeNull();
  expect(await (await api.request(`/v1/jobs/${id}/input`)).json()).toEqual({ value });
  await hand.start(id);
  await hand.complete(id, JSON.stringify({ value }));
  const job = jobSchema.parse(await (await api.request(`/v1/jobs/${id}`)).json());
  expect([job.state, job.input, job.output]).toEqual(['completed', null, null]);
  expect(await (await api.request(`/v1/jobs/${id}/output`)).json()).toEqual({ value });
});

test('An input or output may be null or another value that is no object', async () => {
  const { id } = await submit();
  await hand.start(id);
  await hand.complete(id, 'null');
  // Not by `api.request`: none of the kinds has such an output.
  const output = await fetch(`${api.url}/v1/jobs/${id}/output`, { headers: { authorization: `Bearer ${testKey}` } });
  expect([output.status, await output.text()]).toEqual([200, 'null']);
});

test('The output of an unfinished or failed job is answered 409 with the state', async () => {
  const { id } = await submit();
  const early = await api.request(`/v1/jobs/${id}/output`);
  expect([early.status, early.headers.get('retry-after')]).toEqual([409, '1']);
  expect(await early.json()).toMatchObject({ code: 'job-not-completed', state: 'queued', error: null });
  await hand.start(id);
  await hand.fail(id, 'no-luck');
  const failed = await api.request(`/v1/jobs/${id}/output`);
  expect([failed.status, failed.headers.get('retry-after')]).toEqual([409, null]);
  expect(await failed.json()).toMatchObject({
    code: 'job-not-completed',
    state: 'failed',
    error: { code: 'no-luck', message: 'as the test wanted', attempt: 1 },
  });
  const job = await api.request(`/v1/jobs/${id}`);
  expect(job.headers.get('cache-control')).toBe('private, no-cache');
  expect(job.headers.get('etag')).toMatch(/^"1-failed-\d+"$/);
});

test('A read with the current ETag is answered 304 without a body', async () => {
  const { id } = await submit();
  const etag = (await api.request(`/v1/jobs/${id}`)).headers.get('etag') ?? '';
  for (const known of [etag, etag.slice(2), `"other", ${etag}`, '*']) {
    const response = await api.request(`/v1/jobs/${id}`, { headers: { 'if-none-match': known } });
    expect([response.status, await response.text()]).toEqual([304, '']);
    expect(response.headers.get('etag')).toBe(etag);
    expect(response.headers.get('cache-control')).toBe('private, no-cache');
  }
  await hand.start(id);
  const changed = await api.request(`/v1/jobs/${id}`, { headers: { 'if-none-match': etag } });
  expect(changed.status).toBe(200);
  await hand.complete(id, '{}');
  for (const part of ['', '/output', '/input', '/../../kinds', '/../../kinds/test.noop']) {
    const first = await api.request(`/v1/jobs/${id}${part}`);
    const again = await api.request(`/v1/jobs/${id}${part}`, {
      headers: { 'if-none-match': first.headers.get('etag') ?? '' },
    });
    expect([first.status, again.status, await again.text()]).toEqual([200, 304, '']);
  }
});

test('HEAD answers with the headers of GET and no body', async () => {
  const { id } = await submit();
  for (const path of [`/v1/jobs/${id}`, `/v1/jobs/${id}/input`, '/v1/kinds', '/livez', '/readyz', '/openapi.json']) {
    const get = await api.request(path);
    const head = await api.request(path, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    for (const name of ['content-type', 'content-length', 'etag', 'cache-control', 'vary', 'retry-after']) {
      expect([name, head.headers.get(name)]).toEqual([name, get.headers.get(name)]);
    }
  }
  expect((await api.request(`/v1/jobs/${id}/output`, { method: 'HEAD' })).status).toBe(409);
});

test('Jobs whose stored times RFC 3339 cannot express are listed and read with the nearest times', async () => {
  const { sql, close } = openPostgres({ url: (await stores()).databaseUrl, poolMax: 1, prepare: true, name: 'odd' });
  for (const runAt of ['9999-12-31T23:59:59-12:00', '0001-01-01T00:00:00+12:00', 'infinity', '-infinity']) {
    const { id } = await submit({ kind: 'test.noop', input: {}, options: { tags: ['odd'] } });
    await sql`UPDATE jobs SET run_at = ${runAt}::text::timestamptz, due_at = NULL WHERE id = ${id}`;
  }
  await close();
  const { jobs } = (await (await api.request('/v1/jobs?tag=odd')).json()) as { jobs: Job[] };
  const [earliest, latest] = ['0001-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z'];
  expect(jobs.map(({ runAt }) => runAt)).toEqual([earliest, latest, earliest, latest]);
  for (const { id, runAt } of jobs)
    expect(jobSchema.parse(await (await api.request(`/v1/jobs/${id}`)).json())).toMatchObject({ id, runAt });
});
