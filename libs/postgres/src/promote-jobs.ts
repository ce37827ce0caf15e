import type { Sql } from 'postgres';

/** A ticket that BullMQ has to carry to a worker. */
export interface HandOver {
  jobId: string;
  ticket: number;
  kind: string;
  queue: string;
  priority: number;
}

/** Scheduled and retrying jobs whose time has come become `queued` under a new ticket. At most `rowsMax`, oldest first. */
export function promoteDueJobs(sql: Sql, rowsMax: number): Promise<HandOver[]> {
  return sql<HandOver[]>`
    UPDATE jobs j SET state = 'queued', ticket = j.ticket + 1, version = j.version + 1, due_at = NULL, queued_at = now(),
      dispatched_at = NULL
    FROM (SELECT id FROM jobs WHERE due_at <= now() ORDER BY due_at LIMIT ${rowsMax} FOR UPDATE SKIP LOCKED) AS due
    WHERE j.id = due.id
    RETURNING j.id AS "jobId", j.ticket, j.kind, j.queue, j.priority`;
}

/**
 * Queued jobs whose dispatch was not confirmed within `olderThanMs` get a new ticket: BullMQ ignores an id that it
 * still knows, so the same one could not be sent twice. Whoever holds the old ticket is refused when claiming.
 */
export function renewLostTickets(sql: Sql, olderThanMs: number, rowsMax: number): Promise<HandOver[]> {
  return sql<HandOver[]>`
    UPDATE jobs j SET ticket = j.ticket + 1, queued_at = now()
    FROM (
      SELECT id FROM jobs
      WHERE finished_at IS NULL AND state = 'queued' AND dispatched_at IS NULL
        AND queued_at <= now() - ${olderThanMs}::float8 * interval '1 millisecond'
      ORDER BY run_at LIMIT ${rowsMax} FOR UPDATE SKIP LOCKED
    ) AS lost
    WHERE j.id = lost.id
    RETURNING j.id AS "jobId", j.ticket, j.kind, j.queue, j.priority`;
}

/** Notes that BullMQ has these tickets. Rows that went on meanwhile are left alone, so a fast job costs no write here. */
export async function markDispatched(sql: Sql, handOvers: readonly HandOver[]): Promise<void> {
  await sql`
    UPDATE jobs j SET dispatched_at = now()
    FROM (SELECT set_config('synchronous_commit', 'off', true)) AS unsynced,
      unnest(${handOvers.map((handOver) => handOver.jobId)}::text[],
        ${handOvers.map((handOver) => handOver.ticket)}::int[]) AS h (job_id, ticket)
    WHERE j.id = h.job_id AND j.ticket = h.ticket AND j.state = 'queued'`;
}
