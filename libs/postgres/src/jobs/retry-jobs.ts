import type { Sql } from 'postgres';
import { type JobFilter, type JobPosition, matches, withinReach } from './job-filter.ts';
import { type ChangedJob, endedAttempt, writeChanges } from './write-changes.ts';

/** Lists matching failed jobs, oldest first, from after a position. */
export function listFailedJobs(
  sql: Sql,
  filter: Omit<JobFilter, 'state'>,
  { after, rowsMax }: { after: JobPosition | undefined; rowsMax: number },
): Promise<JobPosition[]> {
  const failed = { ...filter, state: 'failed' as const };
  return sql<JobPosition[]>`
    SELECT j.id AS "jobId", j.created_at::text AS "createdAt" FROM jobs j
    WHERE ${withinReach(sql, failed)} AND ${matches(sql, failed)}
      AND (j.created_at, j.id) > (coalesce(${after?.createdAt ?? null}::text::timestamptz, '-infinity'),
        ${after?.jobId ?? ''})
    ORDER BY j.created_at, j.id LIMIT ${rowsMax}`;
}

/**
 * Starts a new run of final jobs: queued under a new ticket, without tries, error and deadline. The last attempt moves
 * from the row to the history. Unknown jobs, and jobs in another state than `from`, are skipped.
 */
export function retryJobs(
  sql: Sql,
  {
    tenantId,
    jobIds,
    from,
  }: { tenantId: string; jobIds: readonly string[]; from: readonly ('failed' | 'cancelled')[] },
): Promise<ChangedJob[]> {
  // An attempt that ended before its job did (a cancel while waiting) is in the history already.
  const outcome = sql`CASE WHEN old.tries > 0 AND NOT EXISTS (SELECT FROM job_attempts a WHERE a.job_id = old.id
    AND a.run = old.run AND a.number = old.tries AND a.outcome <> 'handed-back') THEN old.state END`;
  return writeChanges(
    sql,
    sql`
    UPDATE jobs j SET state = 'queued', ticket = j.ticket + 1, run = j.run + 1, tries = 0, hand_backs = 0,
      version = j.version + 1, error = NULL, claim = NULL, finished_at = NULL, run_at = now(), backlog = true,
      blocked = CASE WHEN j.blocked IS NOT NULL THEN true END,
      started_at = NULL, dispatch_epoch = NULL, deadline_at = NULL, progress_percent = NULL, progress_message = NULL
    FROM (
      SELECT * FROM jobs WHERE id = ANY (${[...jobIds]}::text[]) AND tenant_id = ${tenantId}
        AND state = ANY (${[...from]}::text[])
      ORDER BY id FOR UPDATE
    ) AS old
    WHERE j.id = old.id
    RETURNING j.*, NULL::text AS output, ${endedAttempt(sql, outcome)}`,
  );
}
