import type { Fragment, Sql } from 'postgres';
import { type ChangedJob, endedAttempt, writeChanges } from './write-changes.ts';

const lost = JSON.stringify({ code: 'worker-lost', message: 'The worker that ran this job is gone.' });

/**
 * Finds the claims of running jobs in this worker's name that are not `inHand`. A claim that the worker has just ended
 * may be among them: only a claim that was not in hand before the call is surely orphaned.
 */
export async function findOrphanedClaims(sql: Sql, worker: string, inHand: ReadonlySet<string>): Promise<string[]> {
  const rows = await sql<{ claim: string }[]>`
    SELECT claim FROM jobs
    WHERE finished_at IS NULL AND due_at IS NULL AND NOT backlog
      AND state = 'running' AND worker = ${worker} AND claim <> ALL (${[...inHand]}::text[])`;
  return rows.map((row) => row.claim);
}

/** Requeues running jobs whose worker has no lease, under a new ticket; a job without tries left is failed. */
export function requeueJobs(sql: Sql, rowsMax: number): Promise<ChangedJob[]> {
  return rescue(sql, rowsMax, sql`NOT EXISTS (SELECT FROM workers w WHERE w.id = r.worker)`);
}

/** Requeues the jobs of these orphaned claims in the same way. */
export function requeueOrphanedClaims(sql: Sql, rowsMax: number, claims: readonly string[]): Promise<ChangedJob[]> {
  return rescue(sql, rowsMax, sql`r.claim = ANY (${claims}::text[])`);
}

function rescue(sql: Sql, rowsMax: number, isLost: Fragment): Promise<ChangedJob[]> {
  return writeChanges(
    sql,
    sql`
    UPDATE jobs j SET
      state = CASE WHEN j.tries < j.max_attempts THEN 'queued' ELSE 'failed' END,
      ticket = j.ticket + 1, version = j.version + 1, dispatch_epoch = NULL,
      backlog = j.tries < j.max_attempts,
      finished_at = CASE WHEN j.tries < j.max_attempts THEN NULL ELSE now() END,
      error = (${lost}::text::jsonb || jsonb_build_object('attempt', j.tries))::json
    FROM (
      SELECT * FROM jobs r
      WHERE r.finished_at IS NULL AND r.due_at IS NULL AND NOT r.backlog
        AND r.state = 'running'
        AND ${isLost}
      ORDER BY r.queued_at LIMIT ${rowsMax} FOR UPDATE SKIP LOCKED
    ) AS old
    WHERE j.id = old.id
    RETURNING j.*, NULL::text AS output, ${endedAttempt(sql, sql`'worker-lost'`)}`,
  );
}
