import type { Fragment, Sql } from 'postgres';
import type { JobKey } from './read-jobs.ts';
import { encodeStopNoticeInSql, stopChannel } from './stop-notice.ts';
import { type ChangedJob, endedAttempt, writeChanges } from './write-changes.ts';

/** The key that cancels. Only the creator's key or an admin cancels a job whose result others may reuse. */
export interface Canceller {
  keyId: string;
  isAdmin: boolean;
}

/**
 * Cancels a job that is not final: it becomes final at once, and its ticket is stale. The same transaction notifies the
 * workers. Returns undefined when there is no such job, when it is final, or when `by` may not cancel it.
 */
export async function cancelJob(sql: Sql, { tenantId, jobId }: JobKey, by: Canceller): Promise<ChangedJob | undefined> {
  const isAllowed = sql`creator_key_id IS NULL OR creator_key_id = ${by.keyId} OR ${by.isAdmin}`;
  const [job] = await writeCancels(
    sql,
    sql`id = ${jobId} AND tenant_id = ${tenantId} AND finished_at IS NULL AND (${isAllowed}) FOR UPDATE`,
  );
  return job;
}

/**
 * Cancels those of the jobs that are not final, without an event for the receivers that a job names. Rows that another
 * statement has locked are skipped.
 */
export async function cancelSilently(sql: Sql, jobIds: readonly string[]): Promise<ChangedJob[]> {
  return writeCancels(
    sql,
    sql`id = ANY (${[...jobIds]}::text[]) AND finished_at IS NULL ORDER BY id FOR UPDATE SKIP LOCKED`,
    sql`, webhooks = NULL`,
  );
}

/** Cancels the jobs that `which` selects: SQL after WHERE. The transaction that commits notifies the workers. */
function writeCancels(sql: Sql, which: Fragment, more: Fragment = sql``): Promise<ChangedJob[]> {
  return writeChanges(
    sql,
    sql`
    UPDATE jobs j SET state = 'cancelled', ticket = j.ticket + 1, version = j.version + 1, finished_at = now(),
      due_at = NULL, backlog = false, error = NULL ${more}
    FROM (SELECT *, pg_notify(${stopChannel}, ${encodeStopNoticeInSql(sql)}) FROM (
      SELECT * FROM jobs WHERE ${which}) AS chosen) AS old
    WHERE j.id = old.id
    RETURNING j.*, NULL::text AS output, ${endedAttempt(sql, sql`NULL::text`)}`,
  );
}
