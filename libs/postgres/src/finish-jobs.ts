import type { Sql } from 'postgres';
import type { ErrorJson } from './job-row.ts';

/** The end of one attempt. Which fields count depends on `to`. */
export interface AttemptEnd {
  jobId: string;
  ticket: number;
  claim: string;
  worker: string;
  to: 'completed' | 'failed' | 'retrying' | 'handed-back';
  /** JSON text, for `completed`. */
  output: string | null;
  /** For `failed` and `retrying`. */
  error: ErrorJson | null;
  /** For `retrying` and `handed-back`: how long until the next attempt, on the database's clock. */
  delayMs: number;
}

/** `written`: this call, or an earlier one whose reply was lost, wrote it. `refused`: the ticket is not ours any more. */
export type FinishAnswer = 'written' | 'refused';

/**
 * The only statement that ends attempts. State, output and the attempt's history are written together; a writer whose
 * ticket or claim is not current changes nothing. A row that is still `queued` with this ticket belongs to the writer
 * too: a crash of the server took its claim, which had not waited for the disk.
 */
export async function finishJobs(sql: Sql, ends: readonly AttemptEnd[]): Promise<FinishAnswer[]> {
  const written = new Set((await write(sql, ends)).map((row) => row.claim));
  const doubtful = ends.filter((end) => !written.has(end.claim));
  if (doubtful.length > 0) for (const row of await wroteEarlier(sql, doubtful)) written.add(row.claim);
  return ends.map((end) => (written.has(end.claim) ? 'written' : 'refused'));
}

function write(sql: Sql, ends: readonly AttemptEnd[]) {
  return sql<{ claim: string }[]>`
    WITH ended AS (
      SELECT *, now() + delay_ms * interval '1 millisecond' AS next_at FROM unnest(
        ${ends.map((end) => end.jobId)}::text[], ${ends.map((end) => end.ticket)}::int[],
        ${ends.map((end) => end.claim)}::text[], ${ends.map((end) => end.worker)}::text[],
        ${ends.map((end) => end.to)}::text[], ${ends.map((end) => end.output)}::text[],
        ${ends.map((end) => end.error && JSON.stringify(end.error))}::text[], ${ends.map((end) => end.delayMs)}::float8[]
      ) AS e (job_id, ticket, claim, worker, outcome, output, error, delay_ms)
    ), changed AS (
      UPDATE jobs j SET
        state = CASE WHEN e.outcome = 'handed-back' THEN 'queued' ELSE e.outcome END,
        ticket = j.ticket + CASE WHEN e.outcome = 'handed-back' THEN 1 ELSE 0 END,
        tries = greatest(0, j.tries + CASE WHEN j.state = 'queued' THEN 1 ELSE 0 END
          - CASE WHEN e.outcome = 'handed-back' THEN 1 ELSE 0 END),
        hand_backs = j.hand_backs + CASE WHEN e.outcome = 'handed-back' THEN 1 ELSE 0 END,
        version = j.version + 1, claim = e.claim, worker = e.worker,
        progress_percent = CASE WHEN e.outcome = 'completed' AND j.progress_percent IS NOT NULL THEN 100
          ELSE j.progress_percent END,
        started_at = CASE WHEN j.state = 'queued' THEN now() ELSE j.started_at END,
        error = CASE WHEN e.outcome = 'handed-back' THEN j.error ELSE e.error::json END,
        run_at = CASE WHEN e.outcome IN ('retrying', 'handed-back') THEN e.next_at ELSE j.run_at END,
        due_at = CASE WHEN e.outcome = 'retrying' THEN e.next_at END,
        queued_at = CASE WHEN e.outcome = 'handed-back' THEN e.next_at ELSE j.queued_at END,
        dispatched_at = CASE WHEN e.outcome = 'handed-back' THEN NULL ELSE j.dispatched_at END,
        finished_at = CASE WHEN e.outcome IN ('completed', 'failed') THEN now() END
      FROM ended e
      WHERE j.id = e.job_id AND j.ticket = e.ticket
        AND ((j.state = 'running' AND j.claim = e.claim) OR j.state = 'queued')
      RETURNING j.id, e.ticket, j.run, j.tries + CASE WHEN e.outcome = 'handed-back' THEN 1 ELSE 0 END AS number,
        j.claim, j.worker, j.started_at, e.outcome, e.output, e.error
    ), outputs AS (
      INSERT INTO job_outputs (job_id, output, output_bytes)
      SELECT id, output::json, octet_length(output) FROM changed WHERE outcome = 'completed'
    ), history AS (
      INSERT INTO job_attempts (job_id, ticket, run, number, claim, worker, started_at, finished_at, outcome, error)
      SELECT id, ticket, run, number, claim, worker, started_at, now(), outcome, error::json
      FROM changed WHERE outcome IN ('retrying', 'handed-back')
    )
    SELECT claim FROM changed`;
}

/** A reply may have been lost after its COMMIT. Claims are never used twice, so finding ours is proof. */
function wroteEarlier(sql: Sql, ends: readonly AttemptEnd[]) {
  return sql<{ claim: string }[]>`
    SELECT e.claim
    FROM unnest(${ends.map((end) => end.jobId)}::text[], ${ends.map((end) => end.ticket)}::int[],
      ${ends.map((end) => end.claim)}::text[]) AS e (job_id, ticket, claim)
    WHERE EXISTS (SELECT FROM jobs j WHERE j.id = e.job_id AND j.ticket = e.ticket AND j.claim = e.claim
        AND j.finished_at IS NOT NULL)
      OR EXISTS (SELECT FROM job_attempts a WHERE a.job_id = e.job_id AND a.ticket = e.ticket AND a.claim = e.claim)`;
}
