import type { Job } from '@turno/contract';
import { openPostgres } from '@turno/postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Api, startApi } from '../support/apps/start-api.ts';
import { stores } from '../support/stores/stores.ts';

const postgres = openPostgres({ url: (await stores()).databaseUrl, poolMax: 1, prepare: true, name: 'batch' });
let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => postgres.close());

interface Answer {
  jobs: Job[];
  code?: string;
  errors?: { pointer: string }[];
}

async function submit(jobs: unknown, key?: string) {
  const headers: Record<string, string> = key === undefined ? {} : { 'idempotency-key': key };
  const response = await api.request('/v1/jobs/batch', { body: { jobs }, headers });
  const replayed = response.headers.get('idempotency-replayed');
  return { status: response.status, replayed, body: (await response.json()) as Answer };
}

const numbered = (count: number) =>
  Array.from({ length: count }, (_, value) => ({ kind: 'test.noop', input: { value } }));

test('One request submits a thousand jobs and gets its answers in their order', async () => {
  const { status, body } = await submit(numbered(1_000));
  expect(status).toBe(202);
  expect(body.jobs.map(({ input }) => input)).toEqual(numbered(1_000).map(({ input }) => input));
  const ids = body.jobs.map(({ id }) => id);
  expect(await postgres.sql`SELECT FROM jobs WHERE id = ANY (${ids}::text[])`).toHaveLength(1_000);
});

test('One invalid job makes a batch invalid, and each error names the index of its job', async () => {
  const [before] = await postgres.sql`SELECT count(*)::int AS n FROM jobs`;
  const jobs: unknown[] = numbered(5);
  jobs[1] = { kind: 'test.none', input: {} };
  jobs[2] = 'no job';
  jobs[3] = { kind: 'math.sum-of-squares', input: { n: -1, colour: 'red' }, options: { priority: 1_000 } };
  const { status, body } = await submit(jobs, 'faulty');
  expect([status, body.code]).toEqual([422, 'invalid-request']);
  expect(body.errors?.map(({ pointer }) => pointer)).toEqual([
    '/jobs/1/kind',
    '/jobs/2',
    '/jobs/3/options/priority',
    '/jobs/3/input/n',
    '/jobs/3/input/colour',
  ]);
  expect(await postgres.sql`SELECT count(*)::int AS n FROM jobs`).toEqual([before]);
  expect(await submit(numbered(5), 'faulty')).toMatchObject({ status: 202, replayed: null });
});

test.each([[[]], [numbered(1_001)], ['none'], [null]].map(([jobs]) => ({ jobs })))(
  'a batch must hold 1 to 1,000 jobs',
  async ({ jobs }) => {
    const { status, body } = await submit(jobs);
    expect([status, body.errors?.map(({ pointer }) => pointer)]).toEqual([422, ['/jobs']]);
  },
);

test('A batch that is repeated with its idempotency key creates no second job, also when many repeats arrive at once', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => submit(numbered(50), 'batch')));
  const first = answers[0]?.body.jobs.map(({ id }) => id);
  expect(new Set(first).size).toBe(50);
  for (const { status, body } of answers) {
    expect([status, body.jobs.map(({ id }) => id)]).toEqual([202, first]);
  }
  expect(answers.filter(({ replayed }) => replayed === null)).toHaveLength(1);
  expect(await submit(numbered(51), 'batch')).toMatchObject({ status: 422, body: { code: 'idempotency-key-reused' } });
});
