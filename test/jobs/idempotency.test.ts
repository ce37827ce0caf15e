import { randomUUID } from 'node:crypto';
import type { Job } from '@turno/contract';
import { insertSubmissions, openPostgres, purgeIdempotencyKeys } from '@turno/postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newJob } from '../support/new-job.mjs';
import { eventually } from '../support/eventually.ts';
import { jobsByHand, type JobsByHand } from '../support/jobs-by-hand.ts';
import { addKey, type Api, startApi } from '../support/apps/start-api.ts';
import { stores } from '../support/stores/stores.ts';

const postgres = openPostgres({
  url: (await stores()).databaseUrl,
  poolMax: 4,
  prepare: true,
  name: 'idempotency',
});
const { sql } = postgres;
let apis: Api[];
let hand: JobsByHand;
beforeAll(async () => {
  [hand, ...apis] = await Promise.all([jobsByHand(), startApi(), startApi()]);
});
afterAll(() => Promise.all([hand.close(), postgres.close()]));

const work = { kind: 'test.noop', input: { value: 1 } };

interface Given {
  body?: unknown;
  api?: Api | undefined;
  headers?: Record<string, string>;
}

async function submit(key: string, { body = work, api = apis[0], headers = {} }: Given = {}) {
  const response = await api?.request('/v1/jobs', { body, headers: { 'idempotency-key': key, ...headers } });
  if (response === undefined) throw new Error('no API');
  const job = (await response.json()) as Job & { code?: string };
  return { response, status: response.status, job, replayed: response.headers.get('idempotency-replayed') };
}

test('Two hundred equal submits at once, to two processes, create one job', async () => {
  const body = { ...work, options: { tags: ['race'] } };
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, n) => submit(n % 3 === 0 ? '"race"' : 'race', { body, api: apis[n % 2] })),
  );
  expect([...new Set(answers.map(({ status }) => status))]).toEqual([202]);
  expect(new Set(answers.map(({ job }) => job.id)).size).toBe(1);
  expect(answers.filter(({ replayed }) => replayed !== 'true')).toHaveLength(1);
  expect(await sql`SELECT id FROM jobs WHERE 'race' = ANY (tags)`).toHaveLength(1);
});

test('Many idempotency keys that race in two processes create one job each, and each request is answered', async () => {
  const keys = Array.from({ length: 150 }, (_, n) => `many-${(n * 7) % 50}`);
  const answers = await Promise.all(
    keys.flatMap((key, n) => [submit(key, { api: apis[n % 2] }), submit(key, { api: apis[(n + 1) % 2] })]),
  );
  expect([...new Set(answers.map(({ status }) => status))]).toEqual([202]);
  expect(new Set(answers.map(({ job }) => job.id)).size).toBe(50);
});

test('One idempotency key with two bodies is refused in each process, and the first job stands', async () => {
  const first = await submit('two-bodies');
  const other = await submit('two-bodies', { body: { ...work, input: { value: 2 } }, api: apis[1] });
  expect([other.status, other.job.code]).toEqual([422, 'idempotency-key-reused']);
  const again = await submit('two-bodies', { api: apis[1] });
  expect([again.job.id, again.replayed]).toEqual([first.job.id, 'true']);
});

test('Of two bodies that race with one idempotency key, one is accepted', async () => {
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, n) =>
      submit('raced-bodies', { body: { ...work, input: { value: n % 2 } }, api: apis[n % 2] }),
    ),
  );
  const accepted = answers.filter(({ status }) => status === 202);
  expect(accepted).toHaveLength(20);
  expect(answers.filter(({ status }) => status === 422)).toHaveLength(20);
  expect(new Set(accepted.map(({ job }) => job.id)).size).toBe(1);
});

test('A repeat is answered with the job’s present state, after a long poll when it prefers one', async () => {
  const { job } = await submit('later');
  await hand.start(job.id);
  const running = await submit('later');
  expect([running.status, running.replayed, running.job.state]).toEqual([202, 'true', 'running']);
  const waiting = submit('later', { headers: { prefer: 'wait=20' } });
  await hand.complete(job.id, '{"value":1}');
  const waited = await waiting;
  expect([waited.status, waited.replayed, waited.job.state]).toEqual([200, 'true', 'completed']);
  expect(waited.response.headers.get('preference-applied')).toBe('wait=20');
  const final = await submit('later');
  expect([final.status, final.job.id, final.job.output]).toEqual([200, job.id, { value: 1 }]);
  expect(final.response.headers.get('location')).toBe(`/v1/jobs/${job.id}`);
});

test('A refused submit stores no idempotency key', async () => {
  expect((await submit('refused', { body: { kind: 'test.none', input: {} } })).status).toBe(404);
  expect((await submit('refused', { body: { ...work, colour: 'red' } })).status).toBe(422);
  expect((await submit('refused', { body: '{' })).status).toBe(400);
  const accepted = await submit('refused');
  expect([accepted.status, accepted.replayed]).toEqual([202, null]);
});

test('An idempotency key belongs to its tenant', async () => {
  const key = await addKey('ten_other', ['jobs:write', 'jobs:read']);
  const mine = await submit('shared-word');
  const theirs = await submit('shared-word', { headers: { authorization: `Bearer ${key}` } });
  expect([theirs.status, theirs.replayed]).toEqual([202, null]);
  expect(theirs.job.id).not.toBe(mine.job.id);
});

test('Repeats of an accepted submit are answered while the backlog is full, two hundred at once, in two processes', async () => {
  const key = await addKey('ten_full', ['jobs:write', 'jobs:read']);
  await sql`INSERT INTO plans (name, jobs_waiting_max) VALUES ('two', 2)`;
  await sql`UPDATE tenants SET plan = 'two' WHERE id = 'ten_full'`;
  const headers = { authorization: `Bearer ${key}` };
  const given = (n: number): Given => ({ headers, api: apis[n % 2] });
  const first = await submit('full', { headers });
  // Equal submits that arrive while the last capacity is being reserved get 429 or its job.
  const last = new Set<unknown>();
  await eventually(async () => {
    // A count under way may include the first job twice until the next count, and find the backlog full.
    const burst = await Promise.all(Array.from({ length: 200 }, (_, n) => submit('last-place', given(n))));
    for (const { status, job } of burst) if (status === 202) last.add(job.id);
    return last.size > 0;
  });
  expect(last.size).toBe(1);
  for (const api of apis) {
    const refused = async () => (await submit(randomUUID(), { headers, api })).job.code;
    await eventually(async () => (await refused()) === 'too-many-jobs-waiting');
  }
  const made = () => sql`SELECT id FROM jobs WHERE tenant_id = 'ten_full' ORDER BY id`;
  const before = await made();
  const repeats = await Promise.all(
    Array.from({ length: 200 }, (_, n) => submit(n < 100 ? 'full' : 'last-place', given(n))),
  );
  expect(repeats.map(({ status, replayed }) => [status, replayed])).toEqual(repeats.map(() => [202, 'true']));
  expect(new Set(repeats.map(({ job }) => job.id))).toEqual(new Set([first.job.id, ...last]));
  const other = await submit('full', { headers, body: { ...work, input: { value: 2 } } });
  expect([other.status, other.job.code]).toEqual([422, 'idempotency-key-reused']);
  expect(await made()).toEqual(before);
});

test('Repeats of a submit use no capacity of the backlog', async () => {
  const key = await addKey('ten_spare', ['jobs:write', 'jobs:read']);
  // Capacity for both jobs, which a count under way may include twice, and for fewer than all repeats.
  await sql`INSERT INTO plans (name, jobs_waiting_max) VALUES ('five', 5)`;
  await sql`UPDATE tenants SET plan = 'five' WHERE id = 'ten_spare'`;
  const headers = { authorization: `Bearer ${key}` };
  const { job } = await submit('spare', { headers });
  for (let n = 0; n < 5; n += 1) expect((await submit('spare', { headers })).job.id).toBe(job.id);
  expect((await submit('another', { headers })).status).toBe(202);
});

test('An idempotency key outlives its job: a repeat after a delete creates no second job', async () => {
  const { job } = await submit('erased');
  await hand.start(job.id);
  await hand.complete(job.id, '{}');
  expect((await apis[0]?.request(`/v1/jobs/${job.id}`, { method: 'DELETE' }))?.status).toBe(204);
  const again = await submit('erased');
  expect([again.status, again.job.code]).toEqual([410, 'job-erased']);
});

test('An invalid idempotency key is refused', async () => {
  expect(await submit('two words')).toMatchObject({ status: 400, job: { code: 'invalid-idempotency-key' } });
});

test('A submit whose COMMIT reply was lost finds its own job again', async () => {
  const jobs = [newJob(), newJob()];
  const submission = { tenantId: 'ten_test', jobs, key: { text: 'lost-reply', requestSha256: 'ab'.repeat(32) } };
  const plain = { tenantId: 'ten_test', jobs: [newJob()], key: null };
  const first = await insertSubmissions(sql, [submission, plain]);
  expect(first.map(({ outcome }) => outcome)).toEqual(['inserted', 'inserted']);
  expect(await insertSubmissions(sql, [submission, plain])).toEqual(first);
});

test('Idempotency keys are purged by age and can then be used again', async () => {
  const old = { tenantId: 'ten_test', jobs: [newJob()], key: { text: 'old', requestSha256: 'ab'.repeat(32) } };
  await insertSubmissions(sql, [old]);
  await sql`UPDATE idempotency_keys SET created_at = now() - interval '25 hours' WHERE key = 'old'`;
  expect(await purgeIdempotencyKeys(sql, 24, 500)).toBe(1);
  const [again] = await insertSubmissions(sql, [{ ...old, jobs: [newJob()] }]);
  expect(again?.outcome).toBe('inserted');
});
