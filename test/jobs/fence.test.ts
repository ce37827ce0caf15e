import {
  type AttemptEnd,
  backlogLostTickets,
  claimJobs,
  finishJobs,
  insertJobs,
  openPostgres,
  promoteDueJobs,
  readJobs,
  requeueJobs,
  takeFromBacklog,
} from '@turno/postgres';
import { afterAll, describe, expect, test } from 'vitest';
import { stores } from '../support/stores/stores.ts';
import { newJob } from '../support/new-job.mjs';

const { databaseUrl } = await stores();
const postgres = openPostgres({ url: databaseUrl, poolMax: 4, prepare: true, name: 'fence' });
const { sql } = postgres;
afterAll(() => postgres.close());

async function submit() {
  const job = newJob();
  await insertJobs(sql, [job]);
  return job.id;
}

const claim = async (jobId: string, ticket: number, name: string) =>
  (await claimJobs(sql, [{ jobId, ticket, claim: name + jobId, worker: 'w' }]))[0];

const end = async (jobId: string, ticket: number, name: string, fields: Partial<AttemptEnd> = {}) => {
  const completed = { to: 'completed', output: '{"ok":true}', error: null, delayMs: 0 } as const;
  const [answer] = await finishJobs(sql, [
    { jobId, ticket, claim: name + jobId, worker: 'w', ...completed, ...fields },
  ]);
  return answer;
};

async function show(jobId: string) {
  const [row] = await readJobs(sql, [{ tenantId: 'ten_test', jobId }]);
  expect(row).toBeDefined();
  return row;
}

const failure = { code: 'boom', message: 'no', attempt: 1 };
const retry = { to: 'retrying', output: null, error: failure } as const;

describe('The fence', () => {
  test('One of many claims of a ticket wins, and a repeat of that claim is the same claim', async () => {
    const jobId = await submit();
    const answers = await Promise.all(['a', 'b', 'c', 'd'].map((name) => claim(jobId, 1, name)));
    const winner = ['a', 'b', 'c', 'd'].find((_name, index) => answers[index] !== undefined) ?? '';
    expect(answers.filter((answer) => answer !== undefined)).toHaveLength(1);
    expect((await claim(jobId, 1, winner))?.tries).toBe(1);
    expect((await show(jobId))?.tries).toBe(1);
  });

  test('A finish by another claim is refused and changes nothing', async () => {
    const jobId = await submit();
    await claim(jobId, 1, 'mine');
    expect(await end(jobId, 1, 'other')).toBe('refused');
    expect((await show(jobId))?.state).toBe('running');
    expect(await end(jobId, 1, 'mine')).toBe('written');
    expect(await show(jobId)).toMatchObject({ state: 'completed', output: '{"ok":true}', tries: 1 });
  });

  test('A finish whose reply was lost is repeated without a second effect', async () => {
    const jobId = await submit();
    await claim(jobId, 1, 'mine');
    await end(jobId, 1, 'mine');
    const before = await show(jobId);
    expect(await end(jobId, 1, 'mine', { output: '{"late":1}' })).toBe('written');
    expect(await show(jobId)).toEqual(before);
  });

  test('A finish is written although a crash lost its claim', async () => {
    const jobId = await submit();
    expect(await end(jobId, 1, 'mine')).toBe('written');
    expect(await show(jobId)).toMatchObject({ state: 'completed', tries: 1 });
  });

  test('A retry returns under a new ticket, and a write under the old ticket is refused', async () => {
    const jobId = await submit();
    await claim(jobId, 1, 'first');
    expect(await end(jobId, 1, 'first', retry)).toBe('written');
    expect(await show(jobId)).toMatchObject({ state: 'retrying', error: failure });
    expect(await promoteDueJobs(sql, 10)).toMatchObject([{ jobId, tenantId: 'ten_test' }]);
    expect(await end(jobId, 1, 'other')).toBe('refused');
    expect(await claim(jobId, 1, 'late')).toBeUndefined();
    expect(await claim(jobId, 2, 'second')).toMatchObject({ tries: 2 });
    await end(jobId, 2, 'second');
    const row = await show(jobId);
    expect(row).toMatchObject({ state: 'completed', tries: 2, error: null });
    expect(row?.earlierAttempts).toMatchObject([{ run: 1, number: 1, outcome: 'retrying', error: failure }]);
    expect(await end(jobId, 1, 'first', retry)).toBe('written'); // it was, before
    expect((await show(jobId))?.state).toBe('completed');
  });

  test('A hand-back raises the ticket and does not count as an attempt', async () => {
    const jobId = await submit();
    await claim(jobId, 1, 'first');
    expect(await end(jobId, 1, 'first', { to: 'handed-back', output: null, error: null })).toBe('written');
    expect(await show(jobId)).toMatchObject({ state: 'queued', tries: 0 });
    expect(await claim(jobId, 1, 'late')).toBeUndefined();
    expect(await claim(jobId, 2, 'second')).toMatchObject({ tries: 1 });
  });

  test('Any number of hand-backs leaves a bounded history', async () => {
    const jobId = await submit();
    for (let ticket = 1; ticket <= 22; ticket += 1) {
      expect(await claim(jobId, ticket, `${ticket}`)).toMatchObject({ tries: 1, handBacks: ticket - 1 });
      await end(jobId, ticket, `${ticket}`, { to: 'handed-back', output: null, error: null });
    }
    expect((await show(jobId))?.earlierAttempts).toHaveLength(20);
  });

  test('A result that arrives after the rescue of its job is refused', async () => {
    const jobId = await submit();
    await claim(jobId, 1, 'frozen');
    await requeueJobs(sql, 1_000); // nobody here holds a lease
    expect(await show(jobId)).toMatchObject({ state: 'queued', earlierAttempts: [{ outcome: 'worker-lost' }] });
    expect(await end(jobId, 1, 'frozen')).toBe('refused');
    expect(await end(jobId, 1, 'frozen', retry)).toBe('refused');
    expect(await claim(jobId, 2, 'next')).toBeDefined();
    await end(jobId, 2, 'next');
    expect(await end(jobId, 1, 'frozen')).toBe('refused');
  });

  test('A ticket that was never confirmed is replaced, and the old ticket is refused', async () => {
    const jobId = await submit();
    await backlogLostTickets(sql, { epoch: 1, olderThanMs: 0, rowsMax: 1_000 });
    const taken = await takeFromBacklog(sql, { queue: 'io', rowsMax: 1_000, pausedKinds: new Set() });
    expect(taken.find((handOver) => handOver.jobId === jobId)?.ticket).toBe(2);
    expect(await claim(jobId, 1, 'late')).toBeUndefined();
    expect(await claim(jobId, 2, 'second')).toBeDefined();
  });

  test('The version of a job rises with each visible change', async () => {
    const jobId = await submit();
    const versions = [(await show(jobId))?.version];
    await claim(jobId, 1, 'a');
    versions.push((await show(jobId))?.version);
    await end(jobId, 1, 'a', retry);
    versions.push((await show(jobId))?.version);
    await promoteDueJobs(sql, 10);
    versions.push((await show(jobId))?.version);
    expect(versions).toEqual([1, 2, 3, 4]);
  });

  test('Another tenant does not find the job', async () => {
    const jobId = await submit();
    expect(await readJobs(sql, [{ tenantId: 'ten_other', jobId }])).toEqual([undefined]);
  });
});
