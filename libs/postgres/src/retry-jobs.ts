import type { Fragment, Sql } from 'postgres';
import type { JobKey } from './read-jobs.ts';
import { type ChangedJob, endedAttempt, writeChanges } from './write-changes.ts';

/** Which failed jobs a bulk retry means; null means any. */
export interface RetryFilter {
  tenantId: string;
  kind: string | null;
  tag: string | null;
  createdAfter: string | null;
  createdBefore: string | null;
}

/**
 * Gives a failed or cancelled job a new run: queued under a new ticket, tries at nought, error gone. The last attempt,
 * which stood on the row, joins the history. Undefined when there is no such job or it is in another state.
 */
export async function retryJob(sql: Sql, { tenantId, jobId }: JobKey): Promise<ChangedJob | undefined> {
  const [job] = await retry(
    sql,
    sql`SELECT * FROM jobs WHERE id = ${jobId} AND tenant_id = ${tenantId} AND state IN ('failed', 'cancelled')
      FOR UPDATE`,
  );
  return job;
}

/** Retries up to `rowsMax` failed jobs that match, oldest first. Call it until it returns fewer. */
export function retryFailedJobs(sql: Sql, filter: RetryFilter, rowsMax: number): Promise<ChangedJob[]> {
  return retry(
    sql,
    sql`SELECT * FROM jobs WHERE tenant_id = ${filter.tenantId} AND state = 'failed'
      AND (${filter.kind}::text IS NULL OR kind = ${filter.kind})
      AND (${filter.tag}::text IS NULL OR ${filter.tag} = ANY (tags))
      AND (${filter.createdAfter}::text IS NULL OR created_at >= ${filter.createdAfter}::text::timestamptz)
      AND (${filter.createdBefore}::text IS NULL OR created_at < ${filter.createdBefore}::text::timestamptz)
      ORDER BY created_at LIMIT ${rowsMax} FOR UPDATE SKIP LOCKED`,
  );
}

function retry(sql: Sql, chosen: Fragment): Promise<ChangedJob[]> {
  // An attempt that ended before its job did (a cancel while waiting) is in the history already.
  const outcome = sql`CASE WHEN old.tries > 0 AND NOT EXISTS (SELECT FROM job_attempts a WHERE a.job_id = old.id
    AND a.run = old.run AND a.number = old.tries AND a.outcome <> 'handed-back') THEN old.state END`;
  return writeChanges(
    sql,
    sql`
    UPDATE jobs j SET state = 'queued', ticket = j.ticket + 1, run = j.run + 1, tries = 0, hand_backs = 0,
      version = j.version + 1, error = NULL, claim = NULL, finished_at = NULL, run_at = now(), backlog = true,
      started_at = NULL, dispatch_epoch = NULL, deadline_at = NULL, progress_percent = NULL, progress_message = NULL
    FROM (${chosen}) AS old
    WHERE j.id = old.id
    RETURNING j.*, NULL::text AS output, ${endedAttempt(sql, outcome)}`,
  );
}
