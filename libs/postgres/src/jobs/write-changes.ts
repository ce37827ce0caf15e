import type { Fragment, Sql } from 'postgres';
import { jobNow, type JobNow } from '../schema/index.ts';
import { writeDeliveries } from '../deliveries/index.ts';

/** A job after a change of its state, as the caller needs it. */
export interface ChangedJob extends JobNow {
  kind: string;
  queue: string;
  priority: number;
  ticket: number;
  /** The claim of the attempt that the change ended, or null. */
  claim: string | null;
  /** The statement wrote deliveries, of this job or another. */
  hasDeliveries: boolean;
  /** Of the latest attempt, in Postgres' own text. */
  startedAt: string | null;
  /** In Postgres' own text. */
  finishedAt: string | null;
}

/**
 * Runs an UPDATE of jobs together with all that belongs to it, in one statement: the output (none when it is a file),
 * the link to the attempt's files, the history of an attempt that leaves the row, the search flag of a failure, and the
 * deliveries of an end. Every statement that ends an attempt or a job uses this function, so a final state is never
 * written without its deliveries.
 *
 * `update` must end in RETURNING `j.*` (the new row), `output`, and the columns of `endedAttempt`, whose `outcome` is
 * null when there is no attempt to record.
 */
export function writeChanges(sql: Sql, update: Fragment) {
  return sql<ChangedJob[]>`
    WITH changed AS (${update}), outputs AS (
      INSERT INTO job_outputs (job_id, output, output_bytes)
      SELECT id, output::json, octet_length(output) FROM changed WHERE state = 'completed' AND output IS NOT NULL
    ), linked AS (
      UPDATE files f SET expires_at = 'infinity' FROM changed
      WHERE f.job_id = changed.id AND f.ticket = changed.ended_ticket AND changed.state = 'completed'
    ), history AS (
      INSERT INTO job_attempts (job_id, ticket, run, number, claim, worker, started_at, finished_at, outcome, error)
      SELECT id, ended_ticket, ended_run, ended_number, ended_claim, ended_worker, ended_start, ended_end, outcome,
        ended_error
      FROM changed WHERE outcome IS NOT NULL
    ), failures AS (
      UPDATE job_inputs i SET search_due = true, last_error = (
        SELECT concat_ws(' ', error->>'code', error->>'message') FROM changed WHERE changed.id = i.job_id)
      WHERE i.job_id = ANY (ARRAY(SELECT id FROM changed WHERE error IS NOT NULL))
    ), ${writeDeliveries(sql)}
    SELECT ${jobNow(sql, 'changed')}, kind, queue, priority, ticket, ended_claim AS claim,
      started_at AS "startedAt", finished_at AS "finishedAt", EXISTS (SELECT FROM notified) AS "hasDeliveries" FROM changed`;
}

/** Returns the columns of the attempt on the row `old`, for `writeChanges`; `outcome` is SQL that may be null. */
export function endedAttempt(sql: Sql, outcome: Fragment): Fragment {
  return sql`${outcome} AS outcome, old.ticket AS ended_ticket, old.run AS ended_run, old.tries AS ended_number,
    old.claim AS ended_claim, old.worker AS ended_worker, old.started_at AS ended_start,
    coalesce(old.finished_at, now()) AS ended_end, old.error AS ended_error`;
}
