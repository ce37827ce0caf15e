import { insertJobs, openPostgres } from '@turno/postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { submit } from '../support/jobs.ts';
import { testKindsDir } from '../support/kinds.ts';
import { startTurno, type Turno } from '../support/apps/start-turno.ts';
import { stores } from '../support/stores/stores.ts';
import { newJob } from '../support/new-job.mjs';

const { databaseUrl } = await stores();
const { sql, close } = openPostgres({ url: databaseUrl, poolMax: 2, prepare: true, name: 'fair' });
const jobsOfOther = 150;
const ms = () => 500 + Math.round(300 * Math.random());
const work = (tenantId: string) =>
  newJob({ tenantId, kind: 'test.wait', input: JSON.stringify({ ms: ms() }), backlog: true });
let turno: Turno;
beforeAll(async () => {
  turno = await startTurno({ WORKER_QUEUES: 'io', KINDS_DIR: testKindsDir });
});
afterAll(() => close());

/**
 * Submits jobs of another tenant at once, and returns how many jobs of all tenants started before each of them.
 * The number is the average.
 */
async function waitOfOther(): Promise<number> {
  const jobs = Array.from({ length: jobsOfOther }, () => work('ten_other'));
  const ids = jobs.map(({ id }) => id);
  const [arrival] = await sql<{ now: string }[]>`SELECT clock_timestamp()::text AS now`;
  await insertJobs(sql, jobs);
  await eventually(
    async () => {
      const [row] = await sql<{ left: number }[]>`
        SELECT count(*)::int AS left FROM jobs WHERE id = ANY (${ids}::text[]) AND started_at IS NULL`;
      return row?.left === 0;
    },
    { withinMs: 180_000 },
  );
  const [row] = await sql<{ rank: number }[]>`
    SELECT avg(position)::float8 AS rank
    FROM (SELECT id, row_number() OVER (ORDER BY started_at, md5(id)) AS position FROM jobs WHERE started_at > ${arrival?.now ?? ''}::text::timestamptz) AS s
    WHERE id = ANY (${ids}::text[])`;
  return row?.rank ?? NaN;
}

/** Submits some jobs over HTTP, which may be dispatched directly, and inserts the rest at once. */
async function flood(): Promise<void> {
  await Promise.all(Array.from({ length: 500 }, () => submit(turno, 'test.wait', { ms: ms() })));
  for (let batch = 0; batch < 9; batch += 1) {
    await insertJobs(
      sql,
      Array.from({ length: 500 }, () => work('ten_first')),
    );
  }
  await eventually(async () => {
    const [row] = await sql<{ begun: number }[]>`
      SELECT count(*)::int AS begun FROM jobs WHERE tenant_id = 'ten_first' AND started_at IS NOT NULL`;
    return (row?.begun ?? 0) > 500;
  });
}

/** The tickets of the flood that are in BullMQ already. */
async function handedOut(): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    SELECT count(*)::int AS count FROM jobs
    WHERE tenant_id = 'ten_first' AND state = 'queued' AND finished_at IS NULL AND NOT backlog`;
  return row?.count ?? NaN;
}

test('Beside 5,000 jobs of one tenant, those of another wait for at most twice as many jobs as alone', async () => {
  const alone = await waitOfOther();
  await flood();
  const before = await handedOut();
  const beside = await waitOfOther();
  const ratio = (beside / alone).toFixed(2);
  console.log(
    `started before it: ${alone.toFixed(0)} alone, ${beside.toFixed(0)} beside (${before} handed out), ratio ${ratio}`,
  );
  expect(before).toBeLessThan(jobsOfOther / 4);
  // A slow machine hands out more before the others arrive; nobody can take those back.
  expect(beside - before).toBeLessThanOrEqual(2 * alone);
});
