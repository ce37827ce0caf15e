import type { Sql } from 'postgres';
import type { schema } from '../schema/index.ts';
import { toRfc3339 } from '../connection/index.ts';
import { type ChangedJob, writeChanges } from './write-changes.ts';

/** The end of one attempt. `to` decides which of the other fields count. */
export interface AttemptEnd {
  jobId: string;
  ticket: number;
  claim: string;
  worker: string;
  /** Of the job; its ends get batches of their own while Postgres refuses some. */
  tenantId?: string;
  to: 'completed' | 'failed' | 'retrying' | 'handed-back';
  /** JSON text, for `completed`. */
  output: string | null;
  /** For `failed` and `retrying`. */
  error: schema.ErrorJson | null;
  /** For `retrying` and `handed-back`: how long until the next attempt, on the database's clock. */
  delayMs: number;
}

/** A job after the end of an attempt. Times are RFC 3339. */
export type FinishedJob = ChangedJob & Pick<AttemptEnd, 'output'>;

/** `written`: this call, or an earlier call whose reply was lost, wrote the end. `refused`: the ticket is stale. */
export type FinishAnswer = 'written' | 'refused';

/** A job may wait for its kind for months: only the first hand-backs of a run are recorded as attempts. */
const recordedHandBacksMax = 20;

/**
 * Writes the ends of attempts that workers report; no other statement does.
 * State, output and the attempt's history are written together; a writer whose ticket or claim is stale changes
 * nothing. A row that is still `queued` with this ticket belongs to the writer too: a crash of the server lost its
 * claim, which had not waited for the disk. Calls `onChange` with each changed job.
 */
export async function finishJobs(
  sql: Sql,
  ends: readonly AttemptEnd[],
  onChange: (job: FinishedJob) => void = () => {},
): Promise<FinishAnswer[]> {
  const changed = await write(sql, ends);
  const outputs = new Map(ends.map((end) => [end.claim, end.output]));
  for (const job of changed) {
    const { startedAt, finishedAt, claim } = job;
    const output = outputs.get(claim ?? '') ?? null;
    onChange({ ...job, startedAt: toRfc3339(startedAt), finishedAt: toRfc3339(finishedAt), output });
  }
  const written = new Set(changed.map((job) => job.claim));
  const doubtful = ends.filter((end) => !written.has(end.claim));
  if (doubtful.length > 0) for (const row of await wroteEarlier(sql, doubtful)) written.add(row.claim);
  return ends.map((end) => (written.has(end.claim) ? 'written' : 'refused'));
}

function write(sql: Sql, ends: readonly AttemptEnd[]) {
  return writeChanges(
    sql,
    sql`
    UPDATE jobs j SET
      state = CASE WHEN e.outcome = 'handed-back' THEN 'queued' ELSE e.outcome END,
      ticket = j.ticket + CASE WHEN e.outcome = 'handed-back' THEN 1 ELSE 0 END,
      tries = greatest(0, j.tries + CASE WHEN j.state = 'queued' THEN 1 ELSE 0 END
        - CASE WHEN e.outcome = 'handed-back' THEN 1 ELSE 0 END),
      hand_backs = j.hand_backs + CASE WHEN e.outcome = 'handed-back' THEN 1 ELSE 0 END,
      version = j.version + 1, claim = e.claim, worker = e.worker, backlog = e.outcome = 'handed-back'
        AND e.delay_ms = 0,
      progress_percent = CASE WHEN e.outcome = 'completed' AND j.progress_percent IS NOT NULL THEN 100
        ELSE j.progress_percent END,
      started_at = CASE WHEN j.state = 'queued' THEN now() ELSE j.started_at END,
      error = CASE WHEN e.outcome = 'handed-back' THEN j.error ELSE e.error::json END,
      run_at = CASE WHEN e.outcome IN ('retrying', 'handed-back') THEN e.next_at ELSE j.run_at END,
      due_at = CASE WHEN e.outcome = 'retrying' OR (e.outcome = 'handed-back' AND e.delay_ms > 0) THEN e.next_at END,
      dispatch_epoch = CASE WHEN e.outcome = 'handed-back' THEN NULL ELSE j.dispatch_epoch END,
      finished_at = CASE WHEN e.outcome IN ('completed', 'failed') THEN now() END
    FROM (
      SELECT *, now() + delay_ms * interval '1 millisecond' AS next_at FROM unnest(
        ${ends.map((end) => end.jobId)}::text[], ${ends.map((end) => end.ticket)}::int[],
        ${ends.map((end) => end.claim)}::text[], ${ends.map((end) => end.worker)}::text[],
        ${ends.map((end) => end.to)}::text[], ${ends.map((end) => end.output)}::text[],
        ${ends.map((end) => end.error && JSON.stringify(end.error))}::text[],
          ${ends.map((end) => end.delayMs)}::float8[]
      ) AS given (job_id, ticket, claim, worker, outcome, output, error, delay_ms)
    ) AS e
    WHERE j.id = e.job_id AND j.ticket = e.ticket
      AND ((j.state = 'running' AND j.claim = e.claim) OR j.state = 'queued')
    RETURNING j.*, e.output, CASE WHEN e.outcome = 'retrying' OR (e.outcome = 'handed-back'
      AND j.hand_backs <= ${recordedHandBacksMax}::int)
        THEN e.outcome END AS outcome,
      e.ticket AS ended_ticket, j.run AS ended_run,
      j.tries + CASE WHEN e.outcome = 'handed-back' THEN 1 ELSE 0 END AS ended_number, j.claim AS ended_claim,
      j.worker AS ended_worker, j.started_at AS ended_start, now() AS ended_end, e.error::json AS ended_error`,
  );
}

/**
 * Finds the ends that an earlier call has written, whose reply was lost after the COMMIT. A claim is never used twice,
 * so a row with the claim and the same outcome is proof. A rescue records the claim too, with the outcome
 * `worker-lost`: that is no proof. `finished_at IS NOT NULL` would invite a scan of the whole index `jobs_finished`.
 */
function wroteEarlier(sql: Sql, ends: readonly AttemptEnd[]) {
  return sql<{ claim: string }[]>`
    SELECT e.claim
    FROM unnest(${ends.map((end) => end.jobId)}::text[], ${ends.map((end) => end.ticket)}::int[],
      ${ends.map((end) => end.claim)}::text[], ${ends.map((end) => end.to)}::text[])
      AS e (job_id, ticket, claim, outcome),
    LATERAL (
      SELECT FROM jobs j WHERE j.id = e.job_id AND j.ticket = e.ticket AND j.claim = e.claim
        AND j.final_state IS NOT NULL
      UNION ALL
      SELECT FROM job_attempts a WHERE a.job_id = e.job_id AND a.ticket = e.ticket AND a.claim = e.claim
        AND a.outcome = e.outcome
      LIMIT 1
    ) AS proof`;
}
