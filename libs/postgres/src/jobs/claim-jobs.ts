import type { Sql } from 'postgres';
import { jobNow, type JobNow } from '../schema/index.ts';

/** A ticket that a worker wants to start. `claim` is new for each delivery of a ticket. */
export interface ClaimRequest {
  jobId: string;
  ticket: number;
  claim: string;
  worker: string;
}

export interface ClaimedJob extends JobNow {
  kind: string;
  kindVersion: number;
  queue: string;
  priority: number;
  /** Its tenant has a limit of concurrent runs. */
  limited: boolean;
  maxAttempts: number;
  /** The number of hand-backs of this run. */
  handBacks: number;
  timeoutMs: number;
  /** JSON text. */
  input: string;
  /** The backoff between attempts; null: the kind's own. */
  backoff: unknown;
  /** W3C Trace Context of the request that submitted the job. */
  traceparent: string | null;
}

/**
 * Claims tickets in one statement: `queued` → `running`. Returns undefined for a stale ticket and for a job that does
 * not wait any more: then nothing may run. Safe to repeat with the same claim.
 *
 * The commit does not wait for the disk. When a crash loses it, the row is `queued` again with the same ticket, and the
 * finish of this claim is still accepted.
 */
export async function claimJobs(sql: Sql, claims: readonly ClaimRequest[]): Promise<(ClaimedJob | undefined)[]> {
  const rows = await sql<(ClaimedJob & { claim: string })[]>`
    UPDATE jobs j SET state = 'running', claim = c.claim, worker = c.worker,
      tries = j.tries + CASE WHEN j.state = 'queued' THEN 1 ELSE 0 END, version = j.version + 1, started_at = now(),
      progress_percent = NULL, progress_message = NULL
    FROM (SELECT set_config('synchronous_commit', 'off', true)) AS unsynced,
      unnest(${claims.map((claim) => claim.jobId)}::text[], ${claims.map((claim) => claim.ticket)}::int[],
        ${claims.map((claim) => claim.claim)}::text[], ${claims.map((claim) => claim.worker)}::text[]
      ) AS c (job_id, ticket, claim, worker)
      JOIN job_inputs i ON i.job_id = c.job_id
    WHERE j.id = c.job_id AND j.ticket = c.ticket
      AND (j.deadline_at IS NULL OR j.deadline_at > now())
      AND (j.state = 'queued' OR (j.state = 'running' AND j.claim = c.claim))
    RETURNING ${jobNow(sql, 'j')}, j.claim, j.kind, j.kind_version AS "kindVersion", j.queue,
      j.priority, j.blocked IS NOT NULL AS limited, j.max_attempts AS "maxAttempts", j.hand_backs AS "handBacks",
        j.timeout_ms AS "timeoutMs", i.input::text AS input, i.backoff, i.traceparent`;
  const byClaim = new Map(rows.map((row) => [row.claim, row]));
  return claims.map((claim) => byClaim.get(claim.claim));
}
