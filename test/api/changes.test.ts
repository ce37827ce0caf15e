import { createClient, TurnoError } from '@turno/client';
import { job as jobSchema, newId, type Job } from '@turno/contract';
import { openPostgres } from '@turno/postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withConstants } from '../support/apps/constants.ts';
import { eventually } from '../support/eventually.ts';
import { jobsByHand, type JobsByHand } from '../support/jobs-by-hand.ts';
import { addKey, startApi, type Api } from '../support/apps/start-api.ts';
import { testKey } from '../support/apps/start-turno.ts';
import { stores } from '../support/stores/stores.ts';

let api: Api;
let other: Api;
let hand: JobsByHand;
const { databaseUrl } = await stores();
const { sql, close } = openPostgres({ url: databaseUrl, poolMax: 2, prepare: true, name: 'changes' });
beforeAll(async () => {
  [api, other, hand] = await Promise.all([
    startApi(),
    startApi(withConstants({ resultMemory: { maxAgeMs: 3_600_000 } })),
    jobsByHand(),
  ]);
});
afterAll(() => Promise.all([hand.close(), close()]));

async function submit(options: object = {}, input: unknown = {}): Promise<string> {
  const response = await api.request('/v1/jobs', { body: { kind: 'test.noop', input, options } });
  expect(response.status).toBe(202);
  return ((await response.json()) as Job).id;
}

async function submitFailed(options: object = {}): Promise<string> {
  const id = await submit(options);
  await hand.start(id);
  await hand.fail(id, 'no-luck');
  return id;
}

const post = (path: string, from = api) => from.request(path, { method: 'POST' });
const erase = (id: string) => api.request(`/v1/jobs/${id}`, { method: 'DELETE' });
const read = async (id: string, from = api) => jobSchema.parse(await (await from.request(`/v1/jobs/${id}`)).json());

async function expectProblem(response: Response, status: number, code: string): Promise<void> {
  expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([status, code]);
}

describe('cancel', () => {
  test.each([
    ['queued', {}],
    ['scheduled', { delaySeconds: 3_600 }],
  ])('Cancelling a %s job makes it final at once in each process, and its links say so', async (_state, options) => {
    const id = await submit(options);
    const response = await post((await read(id)).links.cancel, other);
    expect(response.status).toBe(200);
    expect(response.headers.get('etag')).toMatch(/^"1-cancelled-\d+"$/);
    const job = jobSchema.parse(await response.json());
    expect(job).toMatchObject({ id, state: 'cancelled', error: null, attempt: 0, attempts: [] });
    expect(job.finishedAt).not.toBeNull();
    expect(await read(id)).toEqual(job);
  });

  test('A cancel ends a long poll for the job', async () => {
    const id = await submit();
    const pending = api.request(`/v1/jobs/${id}`, { headers: { prefer: 'wait=60' } });
    await eventually(() => hand.someoneWaits());
    await post(`/v1/jobs/${id}/cancel`, other);
    expect(await (await pending).json()).toMatchObject({ state: 'cancelled' });
  });

  test('A write of a cancelled attempt is refused', async () => {
    const id = await submit();
    await hand.start(id);
    const cancelled = await (await post(`/v1/jobs/${id}/cancel`)).json();
    expect(cancelled).toMatchObject({ attempts: [{ run: 1, number: 1, outcome: 'cancelled' }] });
    await expect(hand.complete(id, '{"late":true}')).rejects.toThrow('refused');
    expect(await read(id)).toEqual(cancelled);
  });

  test('Cancelling a final job is answered 409 with its state', async () => {
    const id = await submit();
    await post(`/v1/jobs/${id}/cancel`);
    await expectProblem(await post(`/v1/jobs/${id}/cancel`), 409, 'job-already-final');
    const failed = await post(`/v1/jobs/${await submitFailed()}/cancel`);
    expect(await failed.json()).toMatchObject({ code: 'job-already-final', state: 'failed' });
  });
});

describe('retry', () => {
  test('A retry gives a failed job a new run under the same id and preserves its attempts', async () => {
    const id = await submitFailed({ deadlineSeconds: 600 });
    const before = await read(id);
    const response = await post(before.links.retry, other);
    expect([response.status, response.headers.get('location')]).toEqual([202, `/v1/jobs/${id}`]);
    expect(response.headers.get('retry-after')).toBe('1');
    const job = jobSchema.parse(await response.json());
    expect(job).toMatchObject({ id, state: 'queued', run: 2, attempt: 0, error: null, output: null, finishedAt: null });
    expect(job.attempts).toEqual(before.attempts);
    expect(job.attempts).toMatchObject([{ run: 1, number: 1, outcome: 'failed', error: { code: 'no-luck' } }]);
    expect({ ...(await read(id)), position: null }).toEqual({ ...job, position: null });
  });

  test('Of many retries at once, one starts a new run', async () => {
    const id = await submitFailed();
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => post(`/v1/jobs/${id}/retry`, index % 2 ? api : other)),
    );
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(9);
    expect((await read(id)).run).toBe(2);
  });

  test('Retrying an unfinished or completed job is answered 409', async () => {
    const id = await submit();
    await expectProblem(await post(`/v1/jobs/${id}/retry`), 409, 'job-not-retryable');
    await hand.start(id);
    await expectProblem(await post(`/v1/jobs/${id}/retry`), 409, 'job-not-retryable');
    await hand.complete(id, '{}');
    await expectProblem(await post(`/v1/jobs/${id}/retry`), 409, 'job-not-retryable');
  });

  test('A bulk retry counts the failed jobs that match and no job of another tenant', async () => {
    const tags = [newId('job')];
    const failed = [await submitFailed({ tags }), await submitFailed({ tags })];
    await submitFailed();
    const cancelled = await submit({ tags });
    await post(`/v1/jobs/${cancelled}/cancel`);
    const [tag] = tags;
    const retry = (filter: unknown, key = testKey) => api.request('/v1/jobs/retry', { key, body: { filter } });
    const stranger = await addKey('ten_second', ['jobs:write']);
    expect(await (await retry({ tag }, stranger)).json()).toEqual({ count: 0 });
    const { createdAt } = await read(failed[1] ?? '');
    expect(await (await retry({ tag, createdBefore: '2020-01-01T00:00:00Z' })).json()).toEqual({ count: 0 });
    expect(await (await retry({ tag, kind: 'test.flaky' })).json()).toEqual({ count: 0 });
    const later = await retry({ tag, state: 'failed', kind: 'test.noop', createdAfter: createdAt });
    expect([later.status, await later.json()]).toEqual([202, { count: 1 }]);
    expect(await (await retry({ tag })).json()).toEqual({ count: 1 });
    expect(await (await retry({ tag })).json()).toEqual({ count: 0 });
    for (const id of failed) expect(await read(id)).toMatchObject({ state: 'queued', run: 2 });
    expect(await read(cancelled)).toMatchObject({ state: 'cancelled', run: 1 });
  });

  test('A bulk retry of more jobs than one statement takes retries all of them', async () => {
    const tag = newId('job');
    await sql`
      WITH made AS (
        INSERT INTO jobs (id, tenant_id, kind, kind_version, queue, state, priority, max_attempts, timeout_ms, tags, run_at,
          finished_at)
        SELECT 'job_' || ${tag} || i, 'ten_first', 'test.noop', 1, 'io', 'failed', 0, 1, 1000, ARRAY[${tag}], now(), now()
        FROM generate_series(1, 1234) AS i RETURNING id
      )
      INSERT INTO job_inputs SELECT id, '{}', 2, '{}' FROM made`;
    const response = await api.request('/v1/jobs/retry', { body: { filter: { tag } } });
    expect(await response.json()).toEqual({ count: 1_234 });
    const [left] = await sql`SELECT count(*)::int AS n FROM jobs WHERE ${tag} = ANY (tags) AND state = 'failed'`;
    expect(left?.n).toBe(0);
  });

  test('A bulk retry without a filter retries all failed jobs', async () => {
    const failed = await submitFailed();
    const response = await api.request('/v1/jobs/retry', { body: {} });
    expect(response.status).toBe(202);
    expect(((await response.json()) as { count: number }).count).toBeGreaterThan(0);
    expect(await read(failed)).toMatchObject({ state: 'queued', run: 2 });
  });

  test.each([
    [null],
    [{ filters: {} }],
    [{ filter: { colour: 'red' } }],
    [{ filter: { createdAfter: 'today' } }],
    [[]],
    [{ filter: { state: 'running' } }],
  ])('A bulk retry with an unknown filter is answered 422: %j', async (body) => {
    await expectProblem(await api.request('/v1/jobs/retry', { body }), 422, 'invalid-request');
  });
});

describe('delete', () => {
  const rowsOf = async (id: string) =>
    (
      await sql<{ n: number }[]>`
        SELECT (SELECT count(*) FROM jobs WHERE id = ${id})::int + (SELECT count(*) FROM job_inputs WHERE job_id = ${id})::int
          + (SELECT count(*) FROM job_outputs WHERE job_id = ${id})::int
          + (SELECT count(*) FROM job_attempts WHERE job_id = ${id})::int AS n`
    )[0]?.n;

  test('Deleting a final job deletes all its data', async () => {
    const id = await submitFailed();
    await post(`/v1/jobs/${id}/retry`);
    await post(`/v1/jobs/${id}/cancel`);
    expect(await rowsOf(id)).toBe(3);
    const response = await erase(id);
    expect([response.status, await response.text()]).toEqual([204, '']);
    expect(await rowsOf(id)).toBe(0);
    await expectProblem(await erase(id), 404, 'job-not-found');
  });

  test('A deleted job is served by no cache that had it', async () => {
    const id = await submit();
    await hand.start(id);
    await hand.complete(id, '{"value":"secret"}');
    for (const from of [api, other, api, other]) expect((await read(id, from)).state).toBe('completed');
    expect(await rowsOf(id)).toBe(3);
    expect((await erase(id)).status).toBe(204);
    expect(await rowsOf(id)).toBe(0);
    await expectProblem(await api.request(`/v1/jobs/${id}`), 404, 'job-not-found');
    await eventually(async () => (await other.request(`/v1/jobs/${id}`)).status === 404);
    for (const part of ['', '/output', '/input']) {
      await expectProblem(await other.request(`/v1/jobs/${id}${part}`), 404, 'job-not-found');
    }
  });

  test('Deleting an unfinished job is answered 409, and the job goes on', async () => {
    const id = await submit();
    await expectProblem(await erase(id), 409, 'job-not-final');
    await hand.start(id);
    await expectProblem(await erase(id), 409, 'job-not-final');
    await hand.complete(id, '{}');
    expect((await read(id)).state).toBe('completed');
  });
});

test('Deleting another tenant’s job is answered 404 and changes nothing', async () => {
  const id = await submit();
  const key = await addKey('ten_second', ['jobs:write', 'jobs:read']);
  for (const target of [id, newId('job'), 'x']) {
    for (const call of ['cancel', 'retry']) {
      const response = await api.request(`/v1/jobs/${target}/${call}`, { method: 'POST', key });
      await expectProblem(response, 404, 'job-not-found');
    }
    await expectProblem(await api.request(`/v1/jobs/${target}`, { method: 'DELETE', key }), 404, 'job-not-found');
  }
  expect((await read(id)).state).toBe('queued');
});

test('Changing a job needs the scope jobs:write, and a pause needs admin', async () => {
  const id = await submit();
  const reader = await addKey('ten_first', ['jobs:read']);
  const writer = await addKey('ten_first', ['jobs:read', 'jobs:write']);
  for (const path of [`/v1/jobs/${id}/cancel`, `/v1/jobs/${id}/retry`, '/v1/jobs/retry']) {
    await expectProblem(await api.request(path, { method: 'POST', key: reader }), 403, 'forbidden');
  }
  await expectProblem(await api.request(`/v1/jobs/${id}`, { method: 'DELETE', key: reader }), 403, 'forbidden');
  for (const path of ['/v1/queues/io/pause', '/v1/queues/io/resume', '/v1/kinds/test.noop/pause']) {
    await expectProblem(await api.request(path, { method: 'POST', key: writer }), 403, 'forbidden');
  }
});

test('A pause of an unknown queue or kind is answered 404', async () => {
  await expectProblem(await post('/v1/queues/gpu/pause'), 404, 'unknown-queue');
  await expectProblem(await post('/v1/kinds/no.such/pause'), 404, 'unknown-kind');
  for (const [verb, paused] of [
    ['pause', true],
    ['pause', true],
    ['resume', false],
    ['resume', false],
  ] as const) {
    const response = await post(`/v1/kinds/test.noop/${verb}`);
    expect([response.status, await response.json()]).toEqual([200, { kind: 'test.noop', paused }]);
  }
});

test('The typed client cancels and retries a job', async () => {
  const client = createClient({ url: api.url, key: testKey });
  const { id } = await client.submit('test.noop', {});
  expect((await client.cancel(id)).state).toBe('cancelled');
  await expect(client.cancel(id)).rejects.toBeInstanceOf(TurnoError);
  expect(await client.retry(id)).toMatchObject({ id, state: 'queued', run: 2 });
  await expect(client.retry(id)).rejects.toMatchObject({ code: 'job-not-retryable', status: 409 });
});
