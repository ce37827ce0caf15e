import type { Job } from '@turno/contract';
import { beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { longTimeout } from '../support/jobs.ts';
import { testKindsDir } from '../support/kinds.ts';
import { startTurno, type Turno } from '../support/apps/start-turno.ts';

let turno: Turno;
beforeAll(async () => {
  turno = await startTurno({ KINDS_DIR: testKindsDir });
});

async function submit(kind: string, input: unknown, options: unknown = {}): Promise<Job> {
  const response = await turno.request('/v1/jobs', { body: { kind, input, options } });
  expect(response.status).toBe(202);
  return (await response.json()) as Job;
}

async function final({ id }: Job): Promise<Job> {
  return eventually(async () => {
    const job = (await (await turno.request(`/v1/jobs/${id}`)).json()) as Job;
    return ['completed', 'failed', 'cancelled'].includes(job.state) && job;
  }) as Promise<Job>;
}

test('A failing attempt is tried again with backoff until it succeeds, and each attempt is on record', async () => {
  const job = await final(await submit('test.flaky', { failures: 2 }));
  expect(job).toMatchObject({ state: 'completed', output: { attempt: 3 }, attempt: 3, run: 1, error: null });
  expect(job.attempts.map(({ number, outcome, error }) => [number, outcome, error?.code, error?.message])).toEqual([
    [1, 'retrying', 'handler-error', 'not yet'],
    [2, 'retrying', 'handler-error', 'not yet'],
    [3, 'completed', undefined, undefined],
  ]);
});

test.each(['io', 'cpu'])(
  'The stack of a handler’s error (%s) is in the log of its worker and nowhere else',
  async (queue) => {
    const [kind, input] = queue === 'io' ? ['test.flaky', { failures: 1 }] : ['test.misbehave', { how: 'throw' }];
    const job = await final(await submit(kind, input, { maxAttempts: 1, ...longTimeout }));
    expect(job).toMatchObject({ state: 'failed', error: { code: 'handler-error' } });
    expect(JSON.stringify(job)).not.toMatch(/run\.[mjt]s/);
    const stack = new RegExp(`^Error: ${job.error?.message}\\n.*/${kind}/run\\.`);
    await eventually(() => {
      const lines = turno.workerApp.log().filter((line) => line['jobId'] === job.id);
      expect(lines).toContainEqual(expect.objectContaining({ kind, attempt: 1, stack: expect.stringMatching(stack) }));
      expect(lines).toContainEqual(expect.objectContaining({ msg: 'attempt ended', reason: job.error?.message }));
    });
  },
);

test('A job between two attempts shows the failed attempt', async () => {
  const { id } = await submit('test.flaky', { failures: 9 }, { backoff: [600], maxAttempts: 2 });
  const job = await eventually(async () => {
    const seen = (await (await turno.request(`/v1/jobs/${id}`)).json()) as Job;
    return seen.state === 'retrying' && seen;
  });
  expect(job).toMatchObject({
    attempt: 1,
    error: { code: 'handler-error' },
    attempts: [{ number: 1, outcome: 'retrying', finishedAt: expect.any(String), error: { code: 'handler-error' } }],
  });
});

test('A job without attempts left fails with the last error, its message cut to 1,000 characters', async () => {
  const job = await final(await submit('test.flaky', { failures: 9, message: 'x'.repeat(5_000) }, { maxAttempts: 2 }));
  expect(job).toMatchObject({ state: 'failed', attempt: 2, output: null });
  expect(job.error).toEqual({ code: 'handler-error', message: 'x'.repeat(1_000), attempt: 2 });
});

test('A permanent failure ends the job at once with its own code', async () => {
  const job = await final(await submit('test.flaky', { failures: 9, permanent: true }));
  expect(job).toMatchObject({ state: 'failed', attempt: 1, error: { code: 'never', message: 'not yet', attempt: 1 } });
});

test('A delayed job stays scheduled and then runs', async () => {
  const submitted = await submit('test.noop', { value: 1 }, { delaySeconds: 1 });
  expect(submitted.state).toBe('scheduled');
  expect(Date.parse(submitted.runAt) - Date.parse(submitted.createdAt)).toBe(1_000);
  const job = await final(submitted);
  expect(Date.parse(job.startedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(job.runAt));
});

test('A job whose runAt is in the past runs at once, and one whose runAt is in the future runs then', async () => {
  expect((await submit('test.noop', {}, { runAt: '2020-01-01T00:00:00Z' })).state).toBe('queued');
  const day = new Date(Date.now() + 300 * 86_400_000).toISOString().slice(0, 10);
  const submitted = await submit('test.noop', {}, { runAt: `${day}T12:00:00.5+02:00` });
  expect([submitted.state, submitted.runAt]).toEqual(['scheduled', `${day}T10:00:00.500Z`]);
});

test('An attempt beyond its timeout fails with `timeout`, also if the handler ignores its signal', async () => {
  const job = await final(
    await submit('test.wait', { ms: 3_600_000, deaf: true }, { timeoutSeconds: 0.2, maxAttempts: 1 }),
  );
  expect(job).toMatchObject({ state: 'failed', error: { code: 'timeout' } });
});

test('The job shows the progress of a running attempt', async () => {
  const { id } = await submit('test.wait', { ms: 60_000 }, longTimeout);
  const seen = await eventually(async () => {
    const job = (await (await turno.request(`/v1/jobs/${id}`)).json()) as Job;
    return job.progress !== null && job;
  });
  expect(seen).toMatchObject({ state: 'running', progress: { message: expect.stringMatching(/^step \d+$/) } });
  await turno.request(`/v1/jobs/${id}/cancel`, { method: 'POST' });
});
