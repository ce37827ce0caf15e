import type { Fragment, Sql } from 'postgres';
import { type ChangedJob, endedAttempt, writeChanges } from './write-changes.ts';

const lost = JSON.stringify({ code: 'worker-lost', message: 'The worker that ran this job is gone.' });

/**
 * The claims of running jobs that stand in this worker's name and are none of those it has in hand. One that it has just ended may be among
 * them: only a claim that was out of hand before the question was asked is surely a stray.
 */
export async function findOrphanedClaims(sql: Sql, worker: string, inHand: ReadonlySet<string>): Promise<string[]> {
  const rows = await sql<{ claim: string }[]>`
    SELECT claim FROM jobs
    WHERE finished_at IS NULL AND due_at IS NULL AND NOT backlog
      AND state = 'running' AND worker = ${worker} AND claim <> ALL (${[...inHand]}::text[])`;
  return rows.map((row) => row.claim);
}

/** Takes running jobs whose worker holds no lease any more: queued again under a new ticket, or failed when their tries are spent. */
export function requeueJobs(sql: Sql, rowsMax: number): Promise<ChangedJob[]> {
  return rescue(sql, rowsMax, sql`NOT EXISTS (SELECT FROM workers w WHERE w.id = r.worker)`);
}

/** The same for these claims, which no worker has in hand any more. */
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
