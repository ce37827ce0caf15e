import postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Job } from '@turno/contract';
import { eventually } from '../support/eventually.ts';
import { final, reach, run, show, submit } from '../support/jobs.ts';
import { testKindsDir } from '../support/kinds.ts';
import { makeLatch } from '../support/latch.ts';
import { throughGate } from '../support/http/tcp-gate.ts';
import { startTurno, type Turno } from '../support/apps/start-turno.ts';
import { stores } from '../support/stores/stores.ts';

/* The processes reach the queues, but not the Redis of the notices, and their LISTEN ends again and again. */

const { databaseUrl, redisUrl } = await stores();
const { gate, url } = await throughGate(redisUrl);
const sql = postgres(databaseUrl, { max: 1 });
let turno: Turno;
let cutting: NodeJS.Timeout;
beforeAll(async () => {
  gate.shut();
  turno = await startTurno({
    KINDS_DIR: testKindsDir,
    CACHE_REDIS_URL: url,
    IO_CONCURRENCY: '2',
    DISPATCH_WINDOW: '1',
  });
  cutting = setInterval(() => {
    void sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND query ILIKE 'listen%'`;
  }, 100);
});
afterAll(async () => {
  clearInterval(cutting);
  gate.close();
  await sql.end();
});

async function post(path: string): Promise<void> {
  expect((await turno.request(path, { method: 'POST' })).status).toBe(200);
}

test('A cancel stops the handler although no notice of it arrives', async () => {
  const jobs = await Promise.all([1, 2].map(() => submit(turno, 'test.wait', { ms: 3_600_000 })));
  for (const job of jobs) await reach(turno, job, 'running');
  for (const { id } of jobs) await post(`/v1/jobs/${id}/cancel`);
  // Both slots are in use until the handlers have ended.
  expect(await run(turno, 'test.noop', {})).toMatchObject({ state: 'completed' });
});

test('A pause and its end reach the worker although no notice of them arrives', async () => {
  await post('/v1/kinds/test.noop/pause');
  const paused = await eventually(async () => {
    const job = await submit(turno, 'test.noop', {});
    expect(await run(turno, 'test.environment', {})).toMatchObject({ state: 'completed' });
    const { state } = await show(turno, job);
    expect(state).toBe('queued');
    return job;
  });
  await post('/v1/kinds/test.noop/resume');
  expect(await final(turno, paused)).toMatchObject({ state: 'completed' });
});

test('Jobs in the backlog and due jobs start although no notice of them arrives', async () => {
  const { until, lift } = makeLatch();
  const busy: Job[] = [];
  for (let count = 0; count < 2; count += 1) busy.push(await submit(turno, 'test.wait', { until }));
  for (const job of busy) await reach(turno, job, 'running');
  const waiting = [];
  for (let count = 0; count < 6; count += 1) waiting.push(await submit(turno, 'test.noop', {}));
  await eventually(async () => {
    const [row] = await sql<{ count: number }[]>`SELECT count(*)::int AS count FROM jobs WHERE backlog`;
    expect(row?.count).toBeGreaterThan(0);
  });
  lift();
  waiting.push(await submit(turno, 'test.noop', {}, { delaySeconds: 1 }));
  for (const job of waiting) expect(await final(turno, job)).toMatchObject({ state: 'completed' });
});
