import postgres from 'postgres';
import { beforeAll, expect, test } from 'vitest';
import type { Job } from '@turno/contract';
import { withConstants } from '../support/apps/constants.ts';
import { final, run, submit } from '../support/jobs.ts';
import { testKindsDir } from '../support/kinds.ts';
import { startTurno, type Turno } from '../support/apps/start-turno.ts';
import { stores } from '../support/stores/stores.ts';

let turno: Turno;
beforeAll(async () => {
  const sql = postgres((await stores()).databaseUrl, { max: 1 });
  await sql`ALTER TABLE job_outputs ADD CHECK (output::text NOT LIKE '%poison%')`;
  await sql.end();
  turno = await startTurno({
    WORKER_QUEUES: 'io',
    KINDS_DIR: testKindsDir,
    ...withConstants({ execution: { outputBytesMax: 2_048 } }),
  });
});

test('An output that Postgres rejects fails its own job, and other jobs of the batch complete', async () => {
  const values = Array.from({ length: 30 }, (_, index) => (index % 10 === 5 ? 'poison' : 'good'));
  const jobs = await Promise.all(values.map((value) => submit(turno, 'test.noop', { value })));
  const ended: Job[] = await Promise.all(jobs.map((job) => final(turno, job)));
  expect(ended.map(({ error }) => error?.code)).toEqual(
    values.map((value) => (value === 'poison' ? 'output-not-storable' : undefined)),
  );
  expect(ended.map(({ attempt }) => attempt)).toEqual(values.map(() => 1));
});

test('An output beyond the limit fails its job as output-too-large', async () => {
  expect(await run(turno, 'test.noop', { value: 'x'.repeat(3_000) })).toMatchObject({
    state: 'failed',
    error: { code: 'output-too-large' },
  });
  expect(await run(turno, 'test.noop', { value: 'x'.repeat(1_000) })).toMatchObject({ state: 'completed' });
});
