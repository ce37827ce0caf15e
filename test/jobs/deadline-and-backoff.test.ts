import type { Job } from '@turno/contract';
import { openPostgres } from '@turno/postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { final, reach, show, submit } from '../support/jobs.ts';
import { testKindsDir } from '../support/kinds.ts';
import { makeLatch } from '../support/latch.ts';
import { startTurno, type Turno } from '../support/apps/start-turno.ts';
import { stores } from '../support/stores/stores.ts';

let turno: Turno;
const { databaseUrl } = await stores();
const postgres = openPostgres({ url: databaseUrl, poolMax: 2, prepare: true, name: 'backoff' });
beforeAll(async () => {
  turno = await startTurno({ WORKER_QUEUES: 'io', KINDS_DIR: testKindsDir });
});
afterAll(() => postgres.close());

const deadlineIsNow = ({ id }: Job) => postgres.sql`UPDATE jobs SET deadline_at = now() WHERE id = ${id}`;

describe('Deadline of a job', () => {
  test('A scheduled job that waits at its deadline fails, and a retry runs it without a deadline', async () => {
    const job = await submit(turno, 'test.noop', { value: 1 }, { delaySeconds: 3_600, deadlineSeconds: 3_600 });
    expect((await show(turno, job)).state).toBe('scheduled');
    await deadlineIsNow(job);
    const failed = await final(turno, job);
    expect(failed).toMatchObject({ state: 'failed', attempt: 0, attempts: [], error: { code: 'deadline-exceeded' } });
    expect((await turno.request(`/v1/jobs/${job.id}/retry`, { method: 'POST' })).status).toBe(202);
    expect(await final(turno, job)).toMatchObject({ state: 'completed', run: 2, attempt: 1 });
  });

  test('A job that waits for its next attempt at its deadline fails, and its last attempt stays on record', async () => {
    const job = await submit(turno, 'test.stubborn', {}, { deadlineSeconds: 3_600 });
    await reach(turno, job, 'retrying');
    await deadlineIsNow(job);
    const failed = await final(turno, job);
    expect(failed).toMatchObject({ state: 'failed', attempt: 1, error: { code: 'deadline-exceeded', attempt: 1 } });
    expect(failed.attempts).toMatchObject([{ run: 1, number: 1, outcome: 'retrying', error: { message: 'never' } }]);
  });

  test('A job that runs at its deadline goes on', async () => {
    const { until, lift } = makeLatch();
    const job = await submit(turno, 'test.wait', { until }, { deadlineSeconds: 3_600 });
    const waiting = await submit(turno, 'test.noop', {}, { delaySeconds: 3_600, deadlineSeconds: 3_600 });
    await reach(turno, job, 'running');
    await deadlineIsNow(job);
    await deadlineIsNow(waiting);
    expect(await final(turno, waiting)).toMatchObject({ state: 'failed' }); // so somebody has looked since
    lift();
    expect(await final(turno, job)).toMatchObject({ state: 'completed' });
  });
});

describe('Backoff of a job', () => {
  /** Returns the delay from the end of the latest attempt until the job is due, by Postgres's clock. */
  async function waitOf({ id }: Job): Promise<number> {
    const [row] = await postgres.sql<{ seconds: number }[]>`
      SELECT extract(epoch FROM j.due_at - max(a.finished_at))::float8 AS seconds
      FROM jobs j JOIN job_attempts a ON a.job_id = j.id WHERE j.id = ${id} GROUP BY j.id`;
    return row?.seconds ?? NaN;
  }

  const waits = async (kind: string, input: object, options: object) => {
    const jobs = await Promise.all(Array.from({ length: 20 }, () => submit(turno, kind, input, options)));
    for (const job of jobs) await reach(turno, job, 'retrying');
    return (await Promise.all(jobs.map(waitOf))).filter(Number.isFinite); // short waits may be over
  };

  // Each delay is a random part of its bound: twenty are within it, and the longest exceeds any smaller bound.
  test('A backoff that is a list waits its seconds one after the other', async () => {
    const input = { failures: 9 };
    const first = await waits('test.flaky', input, { backoff: [40_000, 80_000], maxAttempts: 5 });
    expect(Math.max(...first)).toBeLessThanOrEqual(40_000);
    expect(Math.max(...first)).toBeGreaterThan(400);
    const job = await submit(turno, 'test.flaky', input, { backoff: [0, 80_000], maxAttempts: 5 });
    const second = await eventually(async () => {
      const seen = await show(turno, job);
      return seen.state === 'retrying' && seen.attempt === 2 && seen;
    });
    if (second === false) throw new Error('no second attempt');
    expect(second.attempts.map(({ number }) => number)).toEqual([1, 2]);
    expect(await waitOf(job)).toBeLessThanOrEqual(80_000);
  });

  test('A fixed backoff waits the same time, from the first attempt on', async () => {
    const fixed = await waits('test.flaky', { failures: 99 }, { backoff: 'fixed', maxAttempts: 100 });
    expect(Math.max(...fixed)).toBeGreaterThan(2);
    expect(Math.max(...fixed)).toBeLessThanOrEqual(10);
  });

  test('A job without a backoff uses the backoff of its kind', async () => {
    const own = await waits('test.stubborn', {}, {});
    expect(Math.max(...own)).toBeGreaterThan(400);
    expect(Math.max(...own)).toBeLessThanOrEqual(86_400);
  });
});
