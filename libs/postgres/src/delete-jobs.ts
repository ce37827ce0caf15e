import type { Fragment, Sql } from 'postgres';
import type { JobKey } from './read-jobs.ts';

/** Erases a final job and all that belongs to it. False when there is no such job or it is not final. */
export async function deleteJob(sql: Sql, { tenantId, jobId }: JobKey): Promise<boolean> {
  const chosen = sql`SELECT id FROM jobs WHERE id = ${jobId} AND tenant_id = ${tenantId} AND finished_at IS NOT NULL
    FOR UPDATE`;
  return (await erase(sql, chosen)) > 0;
}

/** Erases up to `rowsMax` jobs that were final for longer than `retentionDays`, oldest first; returns how many. */
export function purgeJobs(sql: Sql, retentionDays: number, rowsMax: number): Promise<number> {
  return erase(
    sql,
    sql`SELECT id FROM jobs WHERE finished_at < now() - ${retentionDays}::float8 * interval '1 day'
      ORDER BY finished_at LIMIT ${rowsMax} FOR UPDATE SKIP LOCKED`,
  );
}

async function erase(sql: Sql, chosen: Fragment): Promise<number> {
  const [row] = await sql<{ erased: number }[]>`
    WITH chosen AS (${chosen}), inputs AS (
      DELETE FROM job_inputs USING chosen WHERE job_id = chosen.id
    ), outputs AS (
      DELETE FROM job_outputs USING chosen WHERE job_id = chosen.id
    ), attempts AS (
      DELETE FROM job_attempts USING chosen WHERE job_id = chosen.id
    ), erased AS (
      DELETE FROM jobs USING chosen WHERE jobs.id = chosen.id RETURNING jobs.id
    )
    SELECT count(*)::int AS erased FROM erased`;
  return row?.erased ?? 0;
}
