import type { Sql } from 'postgres';
import { type ChangedJob, endedAttempt, writeChanges } from './write-changes.ts';

const expired = { code: 'deadline-exceeded', message: 'The job was still waiting when its deadline came.' };

/** Fails jobs that still wait at their deadline. A running job goes on. */
export function expireJobs(sql: Sql, rowsMax: number): Promise<ChangedJob[]> {
  return writeChanges(
    sql,
    sql`
    UPDATE jobs j SET state = 'failed', ticket = j.ticket + 1, version = j.version + 1, finished_at = now(),
      due_at = NULL, backlog = false,
      error = (${JSON.stringify(expired)}::text::jsonb || jsonb_build_object('attempt', j.tries))::json
    FROM (
      SELECT * FROM jobs
      WHERE deadline_at <= now() AND finished_at IS NULL AND state IN ('queued', 'scheduled', 'retrying')
      ORDER BY deadline_at LIMIT ${rowsMax} FOR UPDATE SKIP LOCKED
    ) AS old
    WHERE j.id = old.id
    RETURNING j.*, NULL::text AS output, ${endedAttempt(sql, sql`NULL::text`)}`,
  );
}
