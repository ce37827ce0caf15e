import { createBatcher, insertJobs, openPostgres } from '@turno/postgres';
import { afterAll, expect, onTestFinished, test, vi } from 'vitest';
import { createGate } from '../support/gate.ts';
import { stores } from '../support/stores/stores.ts';
import { newJob } from '../support/new-job.mjs';

const { databaseUrl } = await stores();
const postgres = openPostgres({ url: databaseUrl, poolMax: 4, prepare: true, name: 'group' });
const { sql } = postgres;
afterAll(() => postgres.close());

/** The timeout is longer than any machine needs: only the last test is about its end. */
function inserts() {
  const sizes: number[] = [];
  const group = createBatcher({
    flush: (jobs: readonly ReturnType<typeof newJob>[]) => {
      sizes.push(jobs.length);
      return insertJobs(sql, jobs);
    },
    key: (job) => job.id,
    timeoutMs: 60_000,
  });
  return { group, sizes };
}

test('Concurrent writes share statements, and each gets its own answer', async () => {
  const { group, sizes } = inserts();
  const jobs = Array.from({ length: 500 }, (_, index) => newJob({ delayMs: index % 2 === 0 ? 0 : 60_000 }));
  const answers = await Promise.all(jobs.map((job) => group.add(job)));
  expect(answers.map((answer) => answer.state)).toEqual(
    jobs.map((_, index) => (index % 2 === 0 ? 'queued' : 'scheduled')),
  );
  expect(sizes.length).toBeLessThan(20);
  expect(group.pending()).toBe(0);
});

test('A row that Postgres refuses fails alone, its neighbours are committed', async () => {
  const { group } = inserts();
  const guilty = newJob({ input: '{"broken":' });
  const others = Array.from({ length: 20 }, () => newJob());
  const results = await Promise.allSettled(
    [...others.slice(0, 10), guilty, ...others.slice(10)].map((job) => group.add(job)),
  );
  expect(results.map((result) => result.status).filter((status) => status === 'rejected')).toHaveLength(1);
  expect(results[10]?.status).toBe('rejected');
  const [count] =
    await sql`SELECT count(*)::int AS n FROM jobs WHERE id = ANY (${others.map((job) => job.id)}::text[])`;
  expect(count?.n).toBe(20);
});

test('A row that Postgres refuses costs its group few statements: the group is halved until the row is alone', async () => {
  const { group, sizes } = inserts();
  const jobs = Array.from({ length: 180 }, (_, index) => newJob(index === 90 ? { input: '{"broken":' } : {}));
  const results = await Promise.allSettled(jobs.map((job) => group.add(job)));
  expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(1);
  expect(sizes.length).toBeLessThan(20);
});

test('A tenant whose row Postgres refused gets batches of its own, and its next faults repeat no other row', async () => {
  const batches: (readonly ReturnType<typeof newJob>[])[] = [];
  const group = createBatcher({
    flush: (jobs: readonly ReturnType<typeof newJob>[]) => {
      batches.push(jobs);
      return insertJobs(sql, jobs);
    },
    key: (job) => job.id,
    tenant: (job) => job.tenantId,
    timeoutMs: 60_000,
  });
  const faulty = () => newJob({ tenantId: 'ten_faulty', input: '{"broken":' });
  await expect(group.add(faulty())).rejects.toThrow();
  batches.length = 0;
  const others = Array.from({ length: 60 }, (_, index) => newJob({ tenantId: `ten_${index % 3}` }));
  const adding = others.flatMap((job, index) => [group.add(job), ...(index % 6 === 0 ? [group.add(faulty())] : [])]);
  const results = await Promise.allSettled(adding);
  expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(10);
  const ofOthers = batches.filter((jobs) => jobs.some(({ tenantId }) => tenantId !== 'ten_faulty')).flat();
  expect(ofOthers.map(({ id }) => id).sort()).toEqual(others.map(({ id }) => id).sort());
});

test('A submission of many rows shares no statement with others, and other tenants do not wait for it', async () => {
  interface Item {
    id: string;
    tenant: string;
    rows: number;
  }
  const batches: string[][] = [];
  const large = createGate();
  const group = createBatcher({
    async flush(items: readonly Item[]) {
      batches.push(items.map(({ id }) => id));
      if (items.some(({ rows }) => rows > 1)) await large.opened;
      return items.map(({ id }) => id);
    },
    key: ({ id }) => id,
    rows: ({ rows }) => rows,
    tenant: ({ tenant }) => tenant,
    timeoutMs: 60_000,
  });
  const many = ['a', 'b', 'c'].map((id) => group.add({ id, tenant: 'ten_large', rows: 1_000 }));
  const others = ['x', 'y', 'z'].map((id) => group.add({ id, tenant: 'ten_other', rows: 1 }));
  expect(await Promise.all(others)).toEqual(['x', 'y', 'z']);
  expect(await group.add({ id: 'small', tenant: 'ten_large', rows: 1 })).toBe('small');
  large.open();
  expect(await Promise.all(many)).toEqual(['a', 'b', 'c']);
  expect(batches.filter((ids) => ids.some((id) => id < 'd'))).toEqual([['a'], ['b'], ['c']]);
});

test('A COMMIT whose reply was lost is found again, not written twice', async () => {
  const { group } = inserts();
  const job = newJob();
  const [first] = await insertJobs(sql, [job]);
  expect(await group.add(job)).toEqual(first);
});

test('A lost connection is tried again until the server is back', async () => {
  let calls = 0;
  const group = createBatcher({
    flush: async (jobs: readonly ReturnType<typeof newJob>[]) => {
      calls += 1;
      if (calls < 3) await sql`SELECT pg_terminate_backend(pg_backend_pid())`;
      return insertJobs(sql, jobs);
    },
    key: (job) => job.id,
    timeoutMs: 60_000,
  });
  expect((await group.add(newJob())).state).toBe('queued');
  expect(calls).toBe(3);
});

test('A batcher’s timeout ends on time also if the system clock is set back meanwhile', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const group = createBatcher({ flush: () => new Promise<never>(() => {}), key: String, timeoutMs: 200 });
  const answer = group.add('never answered');
  vi.setSystemTime(Date.now() - 3_600_000);
  await expect(answer).rejects.toThrow();
});

test('Without a Postgres server, a batcher’s timeout ends with the connection error', async () => {
  const nowhere = openPostgres({ url: 'postgres://nobody@127.0.0.1:1/none', poolMax: 1, prepare: true, name: 'none' });
  const group = createBatcher({
    flush: (jobs: readonly ReturnType<typeof newJob>[]) => insertJobs(nowhere.sql, jobs),
    key: (job) => job.id,
    timeoutMs: 2_000,
  });
  await expect(group.add(newJob())).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await nowhere.close();
});
