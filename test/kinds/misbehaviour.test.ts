import type { Job } from '@turno/contract';
import { beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { final, run, show, submit } from '../support/jobs.ts';
import { testKindsDir } from '../support/kinds.ts';
import { startTurno, type Turno } from '../support/start-turno.ts';

let turno: Turno;
let bystander: Job;
beforeAll(async () => {
  turno = await startTurno({ KINDS_DIR: testKindsDir, CPU_CONCURRENCY: '2' });
  bystander = await submit(turno, 'test.wait', { ms: 3_000 });
});

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test.each(['loop', 'native', 'never'])('A handler that does not end (%s) is killed at its time limit', async (how) => {
  const job = await submit(turno, 'test.misbehave', { how }, { timeoutSeconds: 2 });
  const pid = await eventually(async () => {
    const message = (await show(turno, job)).progress?.message;
    return message !== undefined && message !== null && Number(message);
  });
  expect(pid !== false && isAlive(pid)).toBe(true);
  expect(await final(turno, job)).toMatchObject({ state: 'failed', error: { code: 'timeout' } });
  expect(pid !== false && isAlive(pid)).toBe(false);
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
