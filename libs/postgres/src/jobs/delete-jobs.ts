import type { Fragment, Sql } from 'postgres';
import { countDeleted } from '../files/index.ts';
import type { JobKey } from './read-jobs.ts';

/** Erases a final job with all of its rows. False when there is no such job or it is not final. */
export async function deleteJob(sql: Sql, { tenantId, jobId }: JobKey): Promise<boolean> {
  // `finished_at IS NOT NULL` would invite a scan of the whole index `jobs_finished`.
  const chosen = sql`SELECT id FROM jobs WHERE id = ${jobId} AND tenant_id = ${tenantId} AND final_state IS NOT NULL
    FOR UPDATE`;
  const deliveries = sql`sent AS (SELECT d.id FROM deliveries d JOIN chosen c ON c.id = d.job_id), payloads AS (
      DELETE FROM delivery_payloads WHERE delivery_id = ANY (ARRAY(SELECT id FROM sent))
    ), tries AS (
      DELETE FROM delivery_attempts WHERE delivery_id = ANY (ARRAY(SELECT id FROM sent))
    ), deliveries AS (
      DELETE FROM deliveries WHERE id = ANY (ARRAY(SELECT id FROM sent))
    ),`;
  return (await erase(sql, chosen, deliveries)) > 0;
}

/**
 * Erases up to `rowsMax` jobs that were final for longer than `retentionDays`, oldest first; returns how many. Their
 * deliveries stay: they may be pending, and have a retention of their own.
 */
export function purgeJobs(sql: Sql, retentionDays: number, rowsMax: number): Promise<number> {
  return erase(
    sql,
    sql`SELECT id FROM jobs WHERE finished_at < now() - ${retentionDays}::float8 * interval '1 day'
      ORDER BY finished_at LIMIT ${rowsMax} FOR UPDATE SKIP LOCKED`,
  );
}

/**
 * Erases the chosen jobs. Rows are found by arrays of ids: with a join the planner reads the whole of a small table.
 */
async function erase(sql: Sql, chosen: Fragment, also: Fragment = sql``): Promise<number> {
  const [row] = await sql<{ erased: number }[]>`
    WITH chosen AS (${chosen}), ${also} inputs AS (
      DELETE FROM job_inputs WHERE job_id = ANY (ARRAY(SELECT id FROM chosen))
    ), outputs AS (
      DELETE FROM job_outputs WHERE job_id = ANY (ARRAY(SELECT id FROM chosen))
    ), attempts AS (
      DELETE FROM job_attempts WHERE job_id = ANY (ARRAY(SELECT id FROM chosen))
    ), files_too AS (
      UPDATE files SET state = 'deleted', expires_at = now()
      WHERE job_id = ANY (ARRAY(SELECT id FROM chosen)) AND state <> 'deleted' RETURNING tenant_id, bytes
    ), storage_too AS (${countDeleted(sql, sql`files_too`)}
    ), erased AS (
      DELETE FROM jobs WHERE id = ANY (ARRAY(SELECT id FROM chosen)) RETURNING id
    )
    SELECT count(*)::int AS erased FROM erased`;
  return row?.erased ?? 0;
}
