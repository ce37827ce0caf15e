import { claimJobs, insertJobs, openPostgres, readJobs } from '@turno/postgres';
import { afterAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { testKindsDir } from '../support/kinds.ts';
import { startApp } from '../support/apps/start-app.ts';
import { testSettings } from '../support/apps/start-turno.ts';
import { newJob } from '../support/new-job.mjs';

const settings = await testSettings({ KINDS_DIR: testKindsDir });
const postgres = openPostgres({ url: settings.DATABASE_URL ?? '', poolMax: 2, prepare: true, name: 'lost' });
afterAll(() => postgres.close());

const show = async (jobId: string) => (await readJobs(postgres.sql, [{ tenantId: 'ten_test', jobId }]))[0];

test('A committed job that was never dispatched still runs, once', async () => {
  const jobs = Array.from({ length: 20 }, () => newJob({ kind: 'test.noop' }));
  await insertJobs(postgres.sql, jobs);
  await startApp('worker', settings);
  for (const { id } of jobs) {
    const row = await eventually(async () => {
      const found = await show(id);
      return found?.state === 'completed' && found;
    });
    expect(row).toMatchObject({ tries: 1, output: '{"value":null}' });
  }
});

test('A job whose kind or version no worker has is handed back, uncounted, until a worker has it', async () => {
  const job = newJob({ kind: 'test.unknown' });
  const other = newJob({ kind: 'test.noop', kindVersion: 7 });
  await insertJobs(postgres.sql, [job, other]);
  for (const { id } of [job, other]) {
    const row = await eventually(async () => {
      const found = await show(id);
      return found !== undefined && found.earlierAttempts.length > 0 && found.state === 'queued' && found;
    });
    expect(row).toMatchObject({ tries: 0, earlierAttempts: [{ outcome: 'handed-back' }] });
  }
});

test('The delay between hand-backs of a job grows while no worker has its kind', async () => {
  const { sql } = postgres;
  const job = newJob({ kind: 'test.unknown', delayMs: 3_600_000 });
  await insertJobs(sql, [job]);
  await sql`UPDATE jobs SET hand_backs = 6, due_at = now() WHERE id = ${job.id}`;
  const waits = await eventually(async () => {
    const [row] = await sql<{ ms: number }[]>`
      SELECT (extract(epoch FROM j.due_at - a.finished_at) * 1000)::int AS ms FROM jobs j JOIN job_attempts a ON a.job_id = j.id
      WHERE j.id = ${job.id} AND j.due_at IS NOT NULL`;
    return row !== undefined && row.ms;
  });
  expect(waits).toBe(128_000);
});

test('A worker does not run a ticket that another claim has started', async () => {
  const job = newJob({ kind: 'test.noop' });
  await insertJobs(postgres.sql, [job]);
  await keepAlive('w');
  await claimJobs(postgres.sql, [{ jobId: job.id, ticket: 1, claim: 'somebody else', worker: 'w' }]);
  const after = newJob({ kind: 'test.noop' });
  await insertJobs(postgres.sql, [after]);
  await eventually(async () => (await show(after.id))?.state === 'completed');
  expect((await show(job.id))?.state).toBe('running');
});

/** Gives the other worker a lease, without which its jobs would be requeued. */
async function keepAlive(worker: string): Promise<void> {
  await postgres.sql`INSERT INTO workers (id, lease_until) VALUES (${worker}, now() + interval '1 hour')`;
}
