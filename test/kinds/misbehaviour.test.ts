import type { Job } from '@turno/contract';
import { beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { final, run, show, submit } from '../support/jobs.ts';
import { testKindsDir } from '../support/kinds.ts';
import { startTurno, type Turno } from '../support/start-turno.ts';

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

/** The handler's first word is the pid of its process. */
function pidSaidBy(job: Job): number {
  const pid = Number(job.progress?.message ?? Number.NaN);
  if (Number.isNaN(pid)) throw new Error('the handler has not said its pid yet');
  return pid;
}

test('Handlers that do not end, in JavaScript, in native code or in a promise, are killed at their time limit', async () => {
  // The limit covers the start of the handler too, which a busy machine takes its time for.
  const options = { timeoutSeconds: 8 };
  const endless = ['loop', 'native', 'never'];
  const jobs = await Promise.all(endless.map((how) => submit(turno, 'test.misbehave', { how }, options)));
  const pids = await Promise.all(jobs.map((job) => eventually(async () => pidSaidBy(await show(turno, job)))));
  expect(pids.map(isAlive)).toEqual([true, true, true]);
  for (const job of jobs) {
    expect(await final(turno, job)).toMatchObject({ state: 'failed', error: { code: 'timeout' } });
  }
  expect(pids.map(isAlive)).toEqual([false, false, false]);
});

test.each([
  ['heap', 'out-of-memory'],
  ['buffers', 'out-of-memory'],
  ['exit', 'child-exited'],
  ['throw-null', 'handler-error'],
  ['function', 'output-invalid'],
])('A handler gone wrong (%s) fails its own job as %s, and the next one runs', async (how, code) => {
  expect(await run(turno, 'test.misbehave', { how })).toMatchObject({ state: 'failed', error: { code } });
  expect(await run(turno, 'math.sum-of-squares', { n: 4 })).toMatchObject({
    state: 'completed',
    output: { sum: '14' },
  });
});

test('Other jobs and the worker itself notice nothing of all that', async () => {
  expect(await final(turno, bystander)).toMatchObject({ state: 'completed', attempt: 1 });
  expect(isAlive(turno.workerApp.pid)).toBe(true);
});

test('A CPU handler sees none of the settings, secrets least of all', async () => {
  const job = await run(turno, 'test.surroundings', {});
  expect(job).toMatchObject({ state: 'completed' });
  const { environment, own } = job.output as { environment: string[]; own: string };
  expect(environment).not.toContain('DATABASE_URL');
  for (const secret of [turno.key, 'postgres://', 'redis://']) expect(own).not.toContain(secret);
});
