import { createClient } from '@turno/client';
import type { Job, JobList } from '@turno/contract';
import { indexWords, openPostgres } from '@turno/postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withConstants } from '../support/apps/constants.ts';
import { jobsByHand, type JobsByHand } from '../support/jobs-by-hand.ts';
import { addKey, startApi, type Api } from '../support/apps/start-api.ts';
import { testKey } from '../support/apps/start-turno.ts';
import { stores } from '../support/stores/stores.ts';

let api: Api;
let hand: JobsByHand;
const { sql, close } = openPostgres({ url: (await stores()).databaseUrl, poolMax: 1, prepare: true, name: 'list' });
beforeAll(async () => {
  [api, hand] = await Promise.all([startApi(), jobsByHand()]);
});
afterAll(() => Promise.all([hand.close(), close()]));

interface Other {
  key?: string;
  kind?: string;
  input?: unknown;
}

async function submit(options: object = {}, { key = testKey, kind = 'test.noop', input = {} }: Other = {}) {
  const response = await api.request('/v1/jobs', { body: { kind, input, options }, key });
  expect(response.status).toBe(202);
  return ((await response.json()) as Job).id;
}

async function list(query: Record<string, string>, key = testKey): Promise<JobList> {
  const response = await api.request(`/v1/jobs?${new URLSearchParams(query).toString()}`, { key });
  const body = (await response.json()) as JobList;
  expect(response.status, JSON.stringify(body)).toBe(200);
  return body;
}

const idsOf = async (query: Record<string, string>, key = testKey) => (await list(query, key)).jobs.map(({ id }) => id);

const indexAll = async () => void (await indexWords(sql, 1_000));

describe('a page', () => {
  test('A list is newest first, and its cursor visits each job once, also jobs of the same instant', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 7; n += 1) ids.unshift(await submit({ tags: ['paged'] }));
    await sql`UPDATE jobs SET created_at = '2026-01-02T03:04:05.678901Z' WHERE id = ANY (${ids.slice(2, 6)}::text[])`;
    await sql`UPDATE jobs SET created_at = '2026-01-01T00:00:00Z' WHERE id = ${ids[6] ?? ''}`;
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: JobList = await list({ tag: 'paged', limit: '2', ...(cursor !== '' && { cursor }) });
      expect(page.jobs.length).toBeLessThanOrEqual(2);
      seen.push(...page.jobs.map(({ id }) => id));
      cursor = page.nextCursor;
    }
    expect(seen).toEqual(ids);
  });

  test('A list shows each job as a read does and must not be cached', async () => {
    const id = await submit({ tags: ['shown'], metadata: { a: 1 } }, { input: { value: 'x' } });
    const response = await api.request('/v1/jobs?tag=shown');
    expect(response.headers.get('cache-control')).toBe('private, no-store');
    const { jobs } = (await response.json()) as JobList;
    const read = (await (await api.request(`/v1/jobs/${id}`)).json()) as Job;
    expect(jobs).toEqual([{ ...read, position: null }]);
  });

  test('The typed client iterates over a list', async () => {
    const client = createClient({ url: api.url, key: testKey });
    const [older, newer] = [await submit({ tags: ['client'] }), await submit({ tags: ['client'] })];
    const first = await client.list({ tag: 'client', limit: 1 });
    expect(first.jobs.map(({ id }) => id)).toEqual([newer]);
    const rest = await client.list({ tag: 'client', cursor: first.nextCursor ?? '' });
    expect([rest.jobs.map(({ id }) => id), rest.nextCursor]).toEqual([[older], null]);
    expect((await client.list()).jobs.length).toBeGreaterThan(1);
  });
});

describe('filters', () => {
  test('A list can be filtered by each state', async () => {
    const tags = ['states'];
    const [queued, running, completed, failed, cancelled] = [
      await submit({ tags }),
      await submit({ tags }),
      await submit({ tags }),
      await submit({ tags }),
      await submit({ tags }),
    ];
    const scheduled = await submit({ tags, delaySeconds: 3_600 });
    for (const id of [running, completed, failed]) await hand.start(id);
    await hand.complete(completed, '{}');
    await hand.fail(failed, 'no-luck');
    await api.request(`/v1/jobs/${cancelled}/cancel`, { method: 'POST' });
    const expected = { queued, running, completed, failed, cancelled, scheduled };
    for (const [state, id] of Object.entries(expected))
      expect([state, await idsOf({ tag: 'states', state })]).toEqual([state, [id]]);
    expect(await idsOf({ tag: 'states', state: 'retrying' })).toEqual([]);
  });

  test('A list can be filtered by kind and by a time range that excludes its end', async () => {
    const id = await submit({ tags: ['timed'] }, { kind: 'test.wait', input: { ms: 1 } });
    await sql`UPDATE jobs SET created_at = '2026-02-01T10:00:00Z' WHERE id = ${id}`;
    const at = async (createdAfter: string, createdBefore: string) =>
      idsOf({ kind: 'test.wait', createdAfter, createdBefore });
    expect(await at('2026-02-01T10:00:00Z', '2026-02-01T10:00:00.001Z')).toEqual([id]);
    expect(await at('2026-02-01T12:00:00+02:00', '2026-02-02T00:00:00Z')).toEqual([id]);
    expect(await at('2026-02-02T02:00:00+16:00', `2026-02-01t10:00:00.${'9'.repeat(200)}z`)).toEqual([id]);
    expect(await at('2026-02-01T09:00:00Z', '2026-02-01T10:00:00Z')).toEqual([]);
    expect(await idsOf({ kind: 'test.noop', tag: 'timed' })).toEqual([]);
  });

  test('A bulk retry takes the same filters as a list', async () => {
    const failed: string[] = [];
    for (const value of ['salmon', 'trout']) {
      const id = await submit({ tags: ['fish'] }, { input: { value } });
      await hand.start(id);
      await hand.fail(id, 'no-luck');
      failed.push(id);
    }
    await indexAll();
    const retry = async (filter: object) =>
      (await api.request('/v1/jobs/retry', { body: { filter } })).json() as Promise<{ count: number }>;
    expect(await retry({ tag: 'fish', q: 'salmon', createdAfter: '2020-01-01T00:00:00Z' })).toEqual({ count: 1 });
    expect(await idsOf({ tag: 'fish', state: 'failed' })).toEqual(failed.slice(1));
    expect(await retry({ tag: 'fish', kind: 'test.noop' })).toEqual({ count: 1 });
  });
});

describe('words', () => {
  test('A search finds words of a job’s id, tags, input, metadata and later error', async () => {
    const id = await submit(
      { tags: ['Order-4711'], metadata: { customer: 'Käse & Söhne' } },
      { input: { value: 'line one\nNeedle in\tthe "haystack" C:\\temp' } },
    );
    expect(await idsOf({ q: 'needle' })).toEqual([]);
    await indexAll();
    const words = [
      id,
      id.slice(4),
      'order-4711',
      '4711',
      'NEEDLE',
      'haystack temp',
      'Söhne',
      'customer',
      'line needle of',
    ];
    for (const q of words) expect([q, await idsOf({ q })]).toEqual([q, [id]]);
    for (const q of ['need', 'nneedle', 'needle other', 'luckless']) expect([q, await idsOf({ q })]).toEqual([q, []]);
    await hand.start(id);
    await hand.fail(id, 'luckless');
    await indexAll();
    for (const q of ['luckless', 'luckless needle', 'wanted haystack'])
      expect([q, await idsOf({ q })]).toEqual([q, [id]]);
    expect(await idsOf({ q: 'luckless', state: 'failed' })).toEqual([id]);
    expect(await idsOf({ q: 'luckless', state: 'completed' })).toEqual([]);
  });

  test('The words of a deleted job are deleted with it', async () => {
    const id = await submit({}, { input: { value: 'ephemeral' } });
    await indexAll();
    await api.request(`/v1/jobs/${id}/cancel`, { method: 'POST' });
    expect(await idsOf({ q: 'ephemeral' })).toEqual([id]);
    await api.request(`/v1/jobs/${id}`, { method: 'DELETE' });
    expect(await idsOf({ q: 'ephemeral' })).toEqual([]);
    expect(await sql`SELECT FROM job_inputs WHERE job_id = ${id}`).toHaveLength(0);
  });

  test('Jobs that are committed late and out of order are indexed for the search as well', async () => {
    const late = openPostgres({ url: (await stores()).databaseUrl, poolMax: 1, prepare: true, name: 'late' });
    const locked = await submit({}, { input: { value: 'outoforder' } });
    await late.sql.begin(async (transaction) => {
      await transaction`UPDATE job_inputs SET search_due = true WHERE job_id = ${locked}`; // as one not yet committed: nobody may take it
      const newer = await submit({}, { input: { value: 'outoforder' } });
      await indexAll();
      expect(await idsOf({ q: 'outoforder' })).toEqual([newer]);
    });
    await late.close();
    await indexAll();
    expect(await idsOf({ q: 'outoforder' })).toHaveLength(2);
  });
});

describe('with more jobs than one look takes', () => {
  const many = 26_000;
  beforeAll(async () => {
    await sql`INSERT INTO jobs (id, tenant_id, kind, kind_version, queue, state, priority, max_attempts, timeout_ms, run_at,
        created_at, finished_at, tags)
      SELECT 'job_' || lpad(n::text, 26, '0'), 'ten_many', 'test.noop', 1, 'io', 'completed', 0, 3, 1000, now(),
        now() - n * interval '1 second', now(), CASE WHEN n > ${many} - 5 THEN '{old}'::text[] ELSE '{}' END
      FROM generate_series(1, ${many}) AS n`;
    await sql`INSERT INTO job_inputs (job_id, input, input_bytes, metadata)
      SELECT id, CASE WHEN tags = '{}' THEN '{"a":"plenty"}' ELSE '{"a":"rarely"}' END::json, 14, '{}' FROM jobs WHERE tenant_id = 'ten_many'`;
    await sql`ANALYZE`;
  });
  const key = addKey('ten_many', ['jobs:read']);

  test('A rare tag is found by several short pages before it is indexed, and by one page after', async () => {
    const short = await list({ tag: 'old' }, await key);
    expect([short.jobs, typeof short.nextCursor]).toEqual([[], 'string']);
    const next = await list({ tag: 'old', cursor: short.nextCursor ?? '' }, await key);
    expect([next.jobs.length, next.nextCursor]).toEqual([5, null]);
    while ((await indexWords(sql, 5_000)) > 0);
    expect(await list({ tag: 'old' }, await key)).toEqual(next);
  });

  test('A search finds rare words, common words and missing words right, for the job’s tenant alone', async () => {
    const rare = await list({ q: 'rarely', limit: '3' }, await key);
    expect(rare.jobs.map(({ createdAt }) => createdAt)).toEqual(
      rare.jobs
        .map(({ createdAt }) => createdAt)
        .toSorted()
        .toReversed(),
    );
    const rest = await list({ q: 'rarely', limit: '3', cursor: rare.nextCursor ?? '' }, await key);
    expect([rare.jobs.length, rest.jobs.length, rest.nextCursor]).toEqual([3, 2, null]);
    expect((await list({ q: 'plenty', limit: '100' }, await key)).jobs).toHaveLength(100);
    expect(await list({ q: 'nowhere' }, await key)).toEqual({ jobs: [], nextCursor: null });
    expect(await list({ q: 'plenty' })).toEqual({ jobs: [], nextCursor: null });
    expect(await idsOf({ tag: 'old' })).toEqual([]);
  });
});

describe('what is not a list is refused, with the mend', () => {
  const cursor = (text: string) => Buffer.from(text).toString('base64url');
  const id = `job_${'0'.repeat(26)}`;
  test.each<[string, string]>([
    ['state=done', '/state'],
    ['limit=0', '/limit'],
    ['limit=101', '/limit'],
    ['limit=1e1', '/limit'],
    ['kind=', '/kind'],
    ['tag=a&tag=b', '/tag'],
    ['tag=%00', '/tag'],
    ['createdAfter=yesterday', '/createdAfter'],
    ['createdAfter=2026-02-30T00:00:00Z', '/createdAfter'],
    ['createdBefore=0000-01-01T00:00:00Z', '/createdBefore'],
    ['createdAfter=9999-12-31T23:59:59-12:00', '/createdAfter'],
    ['createdBefore=2026-01-01T00:00:00+01:00', '/createdBefore'], // a raw plus is a space in a query
    ['createdAfter=2026-01-02T00:00:00Z&createdBefore=2026-01-01T00:00:00Z', '/createdBefore'],
    ['q=ab', '/q'],
    ['q=a-b-c', '/q'],
    [`q=${encodeURIComponent('字 字')}`, '/q'],
    ['colour=red', '/colour'],
    ['cursor=x', '/cursor'],
    [`cursor=${cursor(`2026-02-30 00:00:00+00 ${id}`)}`, '/cursor'],
    [`cursor=${cursor(`2026-02-20 00:00:00+00 ${id}'`)}`, '/cursor'],
    [`cursor=${cursor(`2026-02-20 00:00:00+00 ${id}`)}=`, '/cursor'],
  ])('%s', async (query, pointer) => {
    const response = await api.request(`/v1/jobs?${query}`);
    const { code, errors } = (await response.json()) as { code: string; errors: { pointer: string }[] };
    expect([response.status, code, errors.map((fault) => fault.pointer)]).toEqual([422, 'invalid-request', [pointer]]);
  });

  test('With search switched off, q is refused and the other filters work', async () => {
    const off = await startApi(withConstants({ search: { enabled: false } }));
    for (const response of [
      await off.request('/v1/jobs?q=word'),
      await off.request('/v1/jobs/retry', { body: { filter: { q: 'word' } } }),
    ]) {
      expect([response.status, await response.json()]).toMatchObject([422, { errors: [{ pointer: '/q' }] }]);
    }
    expect((await off.request('/v1/jobs?tag=none&state=running&limit=1')).status).toBe(200);
  });
});
