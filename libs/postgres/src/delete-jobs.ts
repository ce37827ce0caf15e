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

/** By arrays, since a join would rather read the whole of a small table. */
async function erase(sql: Sql, chosen: Fragment): Promise<number> {
  const [row] = await sql<{ erased: number }[]>`
    WITH chosen AS (${chosen}), inputs AS (
      DELETE FROM job_inputs WHERE job_id = ANY (ARRAY(SELECT id FROM chosen))
    ), outputs AS (
      DELETE FROM job_outputs WHERE job_id = ANY (ARRAY(SELECT id FROM chosen))
    ), attempts AS (
      DELETE FROM job_attempts WHERE job_id = ANY (ARRAY(SELECT id FROM chosen))
    ), files_too AS (
      UPDATE files SET state = 'deleted', expires_at = now() WHERE job_id = ANY (ARRAY(SELECT id FROM chosen))
    ), erased AS (
      DELETE FROM jobs WHERE id = ANY (ARRAY(SELECT id FROM chosen)) RETURNING id
    )
    SELECT count(*)::int AS erased FROM erased`;
  return row?.erased ?? 0;
}
