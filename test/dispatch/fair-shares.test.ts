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
const jobsOfOther = 100;
const jobsOfFlood = 2_000;
const ms = () => 400 + Math.round(200 * Math.random());
const work = (tenantId: string) =>
  newJob({ tenantId, kind: 'test.wait', input: JSON.stringify({ ms: ms() }), backlog: true });
let turno: Turno;
beforeAll(async () => {
  turno = await startTurno({ WORKER_QUEUES: 'io', KINDS_DIR: testKindsDir });
});
afterAll(() => close());

/**
 * Submits jobs of another tenant at once.
 * Returns how many jobs, of all that were handed out after their arrival, started before each of them: the average.
 * `handedOut` jobs stood in BullMQ when they arrived, and nobody can take those back.
 */
async function waitOfOther(): Promise<{ rank: number; handedOut: number }> {
  const jobs = Array.from({ length: jobsOfOther }, () => work('ten_other'));
  const ids = jobs.map(({ id }) => id);
  await insertJobs(sql, jobs);
  const [arrival] = await sql<{ now: string }[]>`SELECT clock_timestamp()::text AS now`;
  const arrivedAt = arrival?.now ?? '';
  await eventually(
    async () => {
      const [row] = await sql<{ left: number }[]>`
        SELECT count(*)::int AS left FROM jobs WHERE id = ANY (${ids}::text[]) AND started_at IS NULL`;
      return row?.left === 0;
    },
    { withinMs: 180_000 },
  );
  const [row] = await sql<{ rank: number }[]>`
    SELECT avg(position)::float8 AS rank FROM (
      SELECT id, row_number() OVER (ORDER BY started_at, md5(id)) AS position FROM jobs
      WHERE started_at IS NOT NULL AND (queued_at > ${arrivedAt}::text::timestamptz OR id = ANY (${ids}::text[]))
    ) AS s WHERE id = ANY (${ids}::text[])`;
  const [before] = await sql<{ count: number }[]>`
    SELECT count(*)::int AS count FROM jobs
    WHERE queued_at <= ${arrivedAt}::text::timestamptz AND started_at > ${arrivedAt}::text::timestamptz
      AND id <> ALL (${ids}::text[])`;
  return { rank: row?.rank ?? NaN, handedOut: before?.count ?? NaN };
}

/** Submits some jobs over HTTP, which may be dispatched directly, and inserts the rest at once. */
async function flood(): Promise<void> {
  await Promise.all(Array.from({ length: 200 }, () => submit(turno, 'test.wait', { ms: ms() })));
  await insertJobs(
    sql,
    Array.from({ length: jobsOfFlood - 200 }, () => work('ten_first')),
  );
  await eventually(async () => {
    const [row] = await sql<{ begun: number }[]>`
      SELECT count(*)::int AS begun FROM jobs WHERE tenant_id = 'ten_first' AND started_at IS NOT NULL`;
    return (row?.begun ?? 0) > 200;
  });
}

test('Beside 2,000 jobs of one tenant, those of another wait for about twice as many jobs as alone', async () => {
  const alone = await waitOfOther();
  await flood();
  const beside = await waitOfOther();
  const ratio = (beside.rank / alone.rank).toFixed(2);
  console.log(
    `started before it: ${alone.rank.toFixed(0)} alone, ${beside.rank.toFixed(0)} beside, ratio ${ratio}; ` +
      `${beside.handedOut} stood in BullMQ`,
  );
  // The order in which jobs of one take begin is open.
  expect(beside.rank).toBeLessThanOrEqual(2 * alone.rank + jobsOfOther / 4);
  // The window follows the rate of the workers, which a stall of the machine bends. DISPATCH_WINDOW alone would let all
  // jobs of the flood stand in it.
  expect(beside.handedOut).toBeLessThan(jobsOfFlood / 4);
});
