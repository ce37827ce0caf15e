import { createGroup, insertJobs, openPostgres } from '@turno/postgres';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { eventually } from './support/eventually.ts';
import { newJob } from './life/new-job.ts';
import { stores } from './support/stores.ts';
import { throughGate } from './support/tcp-gate.ts';

const { gate, url } = await throughGate((await stores()).databaseUrl);
const { sql, ...postgres } = openPostgres({ url, poolMax: 2, prepare: true, name: 'links' });
const group = createGroup({
  flush: (jobs: readonly ReturnType<typeof newJob>[]) => insertJobs(sql, jobs),
  key: (job) => job.id,
  patienceMs: 60_000,
});
afterAll(async () => {
  await postgres.close();
  gate.close();
});

/** Far below the half minute that a statement may take. */
const soon = { withinMs: 15_000 };

test('A connection that swallows what is sent is cut within seconds, and its batch is written by another', async () => {
  await Promise.all([sql`SELECT pg_sleep(0.1)`, sql`SELECT pg_sleep(0.1)`]); // both connections are there
  gate.swallow();
  const alone = sql`SELECT 1`.then(
    () => 'answered',
    (error: Error & { code?: string }) => error.code,
  );
  let written = false;
  void group.add(newJob()).then(() => (written = true));
  await eventually(() => written, soon);
  expect(['answered', 'CONNECTION_CLOSED']).toContain(await alone);
});

test('Connections whose backends are frozen are cut as well, while the server takes new ones', async () => {
  const pids = async () => (await sql<{ pid: number }[]>`SELECT pg_backend_pid() AS pid, pg_sleep(0.1)`)[0]?.pid ?? 0;
  const frozen = new Set(await Promise.all([pids(), pids()]));
  onTestFinished(() => frozen.forEach((pid) => process.kill(pid, 'SIGCONT')));
  for (const pid of frozen) process.kill(pid, 'SIGSTOP');
  let written = false;
  void group.add(newJob()).then(() => (written = true));
  await eventually(() => written, soon);
});

test('A slow statement is not taken for a dead connection', async () => {
  const [row] = await sql`SELECT pg_sleep(5), 'slept' AS how`;
  expect(row?.['how']).toBe('slept');
});
