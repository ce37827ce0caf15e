import type { Job } from '@turno/contract';
import { beforeAll, expect, test } from 'vitest';
import { final, run, submit } from '../support/jobs.ts';
import { testKindsDir } from '../support/kinds.ts';
import { startTurno, type Turno } from '../support/apps/start-turno.ts';

let turno: Turno;
let bystander: Job;
beforeAll(async () => {
  turno = await startTurno({ KINDS_DIR: testKindsDir, CPU_CONCURRENCY: '3' });
  bystander = await submit(turno, 'test.wait', { ms: 3_000 });
});

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/**
 * The process of a handler that was killed at its limit, which is its first word. The limit covers the start of the
 * handler too: on a busy machine it may be over before a word is said, so it grows until one is.
 */
async function killedAtLimit(how: string): Promise<number> {
  for (let timeoutSeconds = 2; timeoutSeconds < 60; timeoutSeconds *= 3) {
    const job = await run(turno, 'test.misbehave', { how }, { timeoutSeconds });
    expect(job).toMatchObject({ state: 'failed', error: { code: 'timeout' } });
    if (job.progress !== null) return Number(job.progress.message);
  }
  throw new Error('the handler never said its pid');
}

test('Handlers that do not end, in JavaScript, in native code or in a promise, are killed at their timeout', async () => {
  const pids = await Promise.all(['loop', 'native', 'never'].map(killedAtLimit));
  expect(pids.map((pid) => pid > 0 && isAlive(pid))).toEqual([false, false, false]);
});

test.each([
  ['heap', 'out-of-memory'],
  ['buffers', 'out-of-memory'],
  ['exit', 'child-exited'],
  ['throw-null', 'handler-error'],
  ['function', 'output-invalid'],
])('A faulty handler (%s) fails its own job as %s, and the next job runs', async (how, code) => {
  expect(await run(turno, 'test.misbehave', { how })).toMatchObject({ state: 'failed', error: { code } });
  expect(await run(turno, 'math.sum-of-squares', { n: 4 })).toMatchObject({
    state: 'completed',
    output: { sum: '14' },
  });
});

test('Faulty handlers have no effect on other jobs and on the worker', async () => {
  expect(await final(turno, bystander)).toMatchObject({ state: 'completed', attempt: 1 });
  expect(isAlive(turno.workerApp.pid)).toBe(true);
});

test('A CPU handler sees no settings and no secrets', async () => {
  const job = await run(turno, 'test.environment', {});
  expect(job).toMatchObject({ state: 'completed' });
  const { environment, own } = job.output as { environment: string[]; own: string };
  expect(environment).not.toContain('DATABASE_URL');
  for (const secret of [turno.key, 'postgres://', 'redis://']) expect(own).not.toContain(secret);
});
