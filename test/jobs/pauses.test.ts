import postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Job } from '@turno/contract';
import { eventually } from '../support/eventually.ts';
import { final, reach, run, show, submit } from '../support/jobs.ts';
import { testKindsDir } from '../support/kinds.ts';
import { makeLatch } from '../support/latch.ts';
import { startTurno, type Turno } from '../support/apps/start-turno.ts';
import { stores } from '../support/stores/stores.ts';

const sql = postgres((await stores()).databaseUrl, { max: 1 });
afterAll(() => sql.end());
let turno: Turno;
beforeAll(async () => {
  turno = await startTurno({ KINDS_DIR: testKindsDir, IO_CONCURRENCY: '2' });
});

async function post(path: string): Promise<void> {
  expect((await turno.request(path, { method: 'POST' })).status).toBe(200);
}

/** Returns a number that rises when a worker has fetched the job and requeued it. */
async function ticketOf({ id }: Job): Promise<number> {
  const [row] = await sql<{ ticket: number }[]>`SELECT ticket FROM jobs WHERE id = ${id}`;
  return row?.ticket ?? 0;
}

/** Returns a paused job that stays queued while jobs that are not paused pass it several times. */
async function expectPausedWhile(submitPaused: () => Promise<Job>, runOther: () => Promise<Job>): Promise<Job> {
  const paused = await eventually(async () => {
    const job = await submitPaused();
    for (let round = 0; round < 5; round += 1) expect(await runOther()).toMatchObject({ state: 'completed' });
    const { state, attempt } = await show(turno, job);
    return state === 'queued' && attempt === 0 && job;
  });
  if (paused === false) throw new Error('none was paused');
  return paused;
}

const submitNoop = () => submit(turno, 'test.noop', { value: 1 });

const cancel = async ({ id }: Job) => post(`/v1/jobs/${id}/cancel`);

test('A paused queue starts no attempt until it is resumed; running attempts and the other queue go on', async () => {
  await run(turno, 'test.noop', {});
  const running = [
    await submit(turno, 'test.wait', { ms: 3_600_000 }),
    await submit(turno, 'test.wait', { ms: 3_600_000 }),
  ];
  for (const job of running) await reach(turno, job, 'running');
  const behind = await submitNoop(); // BullMQ has it already, and hands it over as soon as a slot is free
  await post('/v1/queues/io/pause');
  // All slots are in use, so a queued job proves nothing yet. Pauses are read together, so one shows both.
  await post('/v1/kinds/math.sum-of-squares/pause');
  const submitSum = () => submit(turno, 'math.sum-of-squares', { n: 3 });
  const sum = await expectPausedWhile(submitSum, () => run(turno, 'test.environment', {}));
  for (const job of running) expect(await show(turno, job)).toMatchObject({ state: 'running', attempt: 1 });
  await Promise.all(running.map(cancel));
  await eventually(async () => (await ticketOf(behind)) > 1);
  expect(await show(turno, behind)).toMatchObject({ state: 'queued', attempt: 0, attempts: [] });
  await post('/v1/queues/io/resume');
  await post('/v1/kinds/math.sum-of-squares/resume');
  for (const job of [sum, behind]) {
    const done = await final(turno, job);
    expect(done).toMatchObject({ state: 'completed', attempt: 1, attempts: [{ run: 1, number: 1 }] });
  }
});

test('A paused kind starts no attempt until it is resumed; running attempts and other kinds go on', async () => {
  const { until, lift } = makeLatch();
  const running = await submit(turno, 'test.wait', { until });
  await reach(turno, running, 'running');
  await post('/v1/kinds/test.wait/pause');
  const submitWait = () => submit(turno, 'test.wait', { ms: 1 });
  const paused = await expectPausedWhile(submitWait, () => run(turno, 'test.flaky', { failures: 0 }));
  lift();
  expect(await final(turno, running)).toMatchObject({ state: 'completed', attempt: 1 });
  await post('/v1/kinds/test.wait/resume');
  expect(await final(turno, paused)).toMatchObject({ state: 'completed', attempt: 1 });
});

test('A job that waits because of a pause can be cancelled', async () => {
  await post('/v1/kinds/test.noop/pause');
  const paused = await expectPausedWhile(submitNoop, () => run(turno, 'test.flaky', { failures: 0 }));
  await cancel(paused);
  await post('/v1/kinds/test.noop/resume');
  await run(turno, 'test.flaky', { failures: 0 });
  expect(await show(turno, paused)).toMatchObject({ state: 'cancelled', attempt: 0 });
});
