import type { Sql } from 'postgres';
import type { JobKey } from './read-jobs.ts';
import { encodeStopNoticeInSql, stopChannel } from './stop-notice.ts';
import { type ChangedJob, endedAttempt, writeChanges } from './write-changes.ts';

/** Whose wish it is. A job that others may have joined is cancelled by its creator's key alone, or by an admin. */
export interface Canceller {
  keyId: string;
  isAdmin: boolean;
}

/**
 * Cancels a job that is not final: final at once, and its ticket is worth nothing any more. Workers are told in the same
 * transaction. Undefined when there is no such job, it is final already, or `by` may not.
 */
export async function cancelJob(sql: Sql, { tenantId, jobId }: JobKey, by: Canceller): Promise<ChangedJob | undefined> {
  const [job] = await writeChanges(
    sql,
    sql`
    UPDATE jobs j SET state = 'cancelled', ticket = j.ticket + 1, version = j.version + 1, finished_at = now(),
      due_at = NULL, backlog = false, error = NULL
    FROM (SELECT *, pg_notify(${stopChannel}, ${encodeStopNoticeInSql(sql)}) FROM jobs
      WHERE id = ${jobId} AND tenant_id = ${tenantId} AND finished_at IS NULL
        AND (creator_key_id IS NULL OR creator_key_id = ${by.keyId} OR ${by.isAdmin}) FOR UPDATE) AS old
    WHERE j.id = old.id
    RETURNING j.*, NULL::text AS output, ${endedAttempt(sql, sql`NULL::text`)}`,
  );
  return job;
}
