import { job as jobSchema, type Job } from '@turno/contract';
import { beforeAll, describe, expect, test } from 'vitest';
import { withConstants } from '../support/apps/constants.ts';
import { eventually } from '../support/eventually.ts';
import { final, reach, run, show, submit } from '../support/jobs.ts';
import { testKindsDir } from '../support/kinds.ts';
import { makeLatch } from '../support/latch.ts';
import { descendantsOf, expectAllGone, remember, stillRunning } from '../support/apps/process-tree.ts';
import { startApi, type Api } from '../support/apps/start-api.ts';
import { startTurno, type Turno } from '../support/apps/start-turno.ts';

// One slot per runtime, so the next job runs only if a slot was freed. Claims are checked so rarely that only a notice
// can have stopped an attempt.
const settings = {
  KINDS_DIR: testKindsDir,
  IO_CONCURRENCY: '1',
  ...withConstants({ maintenance: { leaseMs: 600_000, renewLeaseEveryMs: 300_000, lostClaimsEveryMs: 300_000 } }),
};

let turno: Turno;
let other: Api;
beforeAll(async () => {
  [turno, other] = await Promise.all([startTurno(settings), startApi()]);
});

/** Sends the request to another API process than the one that accepted the job. */
async function cancel({ id }: Pick<Job, 'id'>): Promise<Job> {
  const response = await other.request(`/v1/jobs/${id}/cancel`, { method: 'POST' });
  expect(response.status).toBe(200);
  return jobSchema.parse(await response.json());
}

const retry = async ({ id }: Pick<Job, 'id'>) => {
  const response = await turno.request(`/v1/jobs/${id}/retry`, { method: 'POST' });
  expect(response.status).toBe(202);
};

const pidOf = (job: Job) =>
  eventually(async () => {
    const { progress } = await show(turno, job);
    if (!progress?.message) throw new Error('it has not told its pid yet');
    return Number(progress.message);
  });

const attemptsOf = ({ attempts }: Job) => attempts.map(({ run, number, outcome }) => [run, number, outcome]);

describe('Cancel of a running job', () => {
  test.each([
    ['an io handler', false],
    ['an io handler that is deaf to its signal', true],
  ])('%s', async (_what, deaf) => {
    const job = await submit(turno, 'test.wait', { ms: 3_600_000, deaf });
    await reach(turno, job, 'running');
    const cancelled = await cancel(job);
    expect(cancelled).toMatchObject({ state: 'cancelled', attempt: 1, error: null, output: null });
    expect(attemptsOf(cancelled)).toEqual([[1, 1, 'cancelled']]);
    expect(await run(turno, 'test.noop', { value: 1 })).toMatchObject({ state: 'completed' });
    expect(await show(turno, job)).toEqual(cancelled);
  });

  test.each(['loop', 'native', 'never'])(
    'A cancel ends the process of a CPU handler that does not return (%s)',
    async (how) => {
      const job = await submit(turno, 'test.misbehave', { how }, { timeoutSeconds: 3_600 });
      const child = remember([await pidOf(job)]);
      expect(stillRunning(child)).toHaveLength(1);
      const cancelled = await cancel(job);
      await expectAllGone(child);
      expect(await run(turno, 'math.sum-of-squares', { n: 4 })).toMatchObject({ output: { sum: '14' } });
      expect(await show(turno, job)).toEqual(cancelled);
    },
  );

  test('A cancel of the sum of 10⁹ squares ends its process and no other', async () => {
    await run(turno, 'math.sum-of-squares', { n: 4 });
    const children = remember(descendantsOf(turno.workerApp.pid));
    const job = await submit(turno, 'math.sum-of-squares', { n: 1_000_000_000 });
    await eventually(async () => (await show(turno, job)).progress !== null);
    await cancel(job);
    await eventually(() => expect(stillRunning(children)).toHaveLength(children.size - 1));
    expect(await run(turno, 'math.sum-of-squares', { n: 3 })).toMatchObject({ output: { sum: '5' } });
    expect(await show(turno, job)).toMatchObject({ state: 'cancelled', output: null });
  });
});

describe('Cancel of a waiting job', () => {
  test('A queued job behind a running job is cancelled and never runs, and the other goes on', async () => {
    const { until, lift } = makeLatch();
    const before = await submit(turno, 'test.wait', { until });
    await reach(turno, before, 'running');
    const behind = await submit(turno, 'test.noop', { value: 1 });
    const cancelled = await cancel(behind);
    expect(cancelled).toMatchObject({ state: 'cancelled', attempt: 0, attempts: [], startedAt: null });
    lift();
    expect(await final(turno, before)).toMatchObject({ state: 'completed' });
    await run(turno, 'test.noop', { value: 2 });
    expect(await show(turno, behind)).toEqual(cancelled);
  });

  test('A job that waits for its next attempt is cancelled, and its last attempt stays on record', async () => {
    const job = await submit(turno, 'test.stubborn', {});
    await reach(turno, job, 'retrying');
    const cancelled = await cancel(job);
    expect(cancelled).toMatchObject({ state: 'cancelled', error: null });
    expect(attemptsOf(cancelled)).toEqual([[1, 1, 'retrying']]);
    await retry(job);
    expect(attemptsOf(await reach(turno, job, 'retrying'))).toEqual([
      [1, 1, 'retrying'],
      [2, 1, 'retrying'],
    ]);
    await cancel(job);
  });
});

describe('Retry of a final job', () => {
  test('A job whose running attempt was cancelled can be retried while that attempt still ends', async () => {
    const { until, lift } = makeLatch();
    const job = await submit(turno, 'test.wait', { until, ms: 10, deaf: true });
    await reach(turno, job, 'running');
    await cancel(job);
    await retry(job);
    lift();
    const done = await final(turno, job);
    expect(done).toMatchObject({ id: job.id, state: 'completed', run: 2, attempt: 1, output: { waitedMs: 10 } });
    expect(attemptsOf(done)).toEqual([
      [1, 1, 'cancelled'],
      [2, 1, 'completed'],
    ]);
  });

  test('A retried job has all its attempts again, and the attempts of both runs are on record', async () => {
    const job = await submit(turno, 'test.flaky', { failures: 9 }, { maxAttempts: 2, backoff: [0] });
    const failed = await final(turno, job);
    expect(failed).toMatchObject({ state: 'failed', attempt: 2, run: 1 });
    await retry(job);
    const again = await final(turno, job);
    expect(again).toMatchObject({ id: job.id, state: 'failed', attempt: 2, run: 2, createdAt: job.createdAt });
    expect(attemptsOf(again)).toEqual([
      [1, 1, 'retrying'],
      [1, 2, 'failed'],
      [2, 1, 'retrying'],
      [2, 2, 'failed'],
    ]);
    expect(again.attempts.slice(0, 2)).toEqual(failed.attempts);
    for (const { error, number } of again.attempts)
      expect(error).toMatchObject({ message: 'not yet', attempt: number });
  });

  test('Many jobs are retried at once, and each ends in its second run', async () => {
    const tag = 'many';
    const jobs = await Promise.all(
      Array.from({ length: 20 }, () => submit(turno, 'test.flaky', { failures: 1 }, { maxAttempts: 1, tags: [tag] })),
    );
    for (const job of jobs) await final(turno, job);
    const response = await turno.request('/v1/jobs/retry', { body: { filter: { tag } } });
    expect(await response.json()).toEqual({ count: 20 });
    for (const job of jobs) expect(await final(turno, job)).toMatchObject({ state: 'failed', run: 2 });
  });
});
