import type { Sql } from 'postgres';
import type { HandOver } from './promote-jobs.ts';

/** A ticket that BullMQ should have, as Postgres knows it. */
export interface DispatchedTicket {
  jobId: string;
  ticket: number;
  queue: string;
  /** The BullMQ job that carries the ticket; null: the ticket has one of its own. */
  carrier: string | null;
  /** In Postgres' own form, to the microsecond. */
  queuedAt: string;
}

/**
 * Puts queued jobs whose dispatch is lost back into the backlog under a new ticket: not confirmed within `olderThanMs`,
 * or confirmed in an earlier epoch of Redis. The ticket is new, because BullMQ silently ignores an id that it still
 * has; a claim of the old ticket is refused. Returns how many, at most `rowsMax`.
 */
export async function backlogLostTickets(
  sql: Sql,
  { epoch, olderThanMs, rowsMax }: { epoch: number; olderThanMs: number; rowsMax: number },
): Promise<number> {
  const rows = await sql`
    UPDATE jobs j SET ticket = j.ticket + 1, backlog = true, dispatch_epoch = NULL
    FROM (
      SELECT id FROM jobs
      WHERE finished_at IS NULL AND due_at IS NULL AND NOT backlog AND state = 'queued'
        AND queued_at <= now() - ${olderThanMs}::float8 * interval '1 millisecond'
        AND (dispatch_epoch IS NULL OR dispatch_epoch < ${epoch}::bigint)
      ORDER BY queued_at LIMIT ${rowsMax} FOR UPDATE SKIP LOCKED
    ) AS lost
    WHERE j.id = lost.id
    RETURNING j.id`;
  return rows.length;
}

/**
 * Lists tickets that were dispatched at least `olderThanMs` ago and are not claimed, oldest first, from after `after`.
 */
export function listDispatched(
  sql: Sql,
  {
    after,
    olderThanMs,
    rowsMax,
  }: { after: Pick<DispatchedTicket, 'queuedAt' | 'jobId'> | undefined; olderThanMs: number; rowsMax: number },
): Promise<DispatchedTicket[]> {
  return sql<DispatchedTicket[]>`
    SELECT id AS "jobId", ticket, queue, carrier, queued_at AS "queuedAt" FROM jobs
    WHERE finished_at IS NULL AND due_at IS NULL AND NOT backlog AND state = 'queued'
      AND dispatch_epoch IS NOT NULL AND queued_at <= now() - ${olderThanMs}::float8 * interval '1 millisecond'
      AND (queued_at, id) > (${after?.queuedAt ?? '-infinity'}::text::timestamptz, ${after?.jobId ?? ''}::text)
    ORDER BY queued_at, id LIMIT ${rowsMax}`;
}

/**
 * Puts jobs that have not begun back into the backlog under new tickets, uncounted; jobs with another ticket are
 * skipped. Each keeps its place in the order of its lane. With `alone` its next ticket is not packed.
 */
export async function backlogTickets(
  sql: Sql,
  tickets: readonly Pick<DispatchedTicket, 'jobId' | 'ticket'>[],
  { alone = false }: { alone?: boolean } = {},
): Promise<number> {
  const rows = await sql`
    UPDATE jobs j SET ticket = j.ticket + 1, backlog = true, dispatch_epoch = NULL, alone = ${alone}
    FROM unnest(${tickets.map((one) => one.jobId)}::text[], ${tickets.map((one) => one.ticket)}::int[])
      AS gone (job_id, ticket)
    WHERE j.id = gone.job_id AND j.ticket = gone.ticket AND j.state = 'queued' AND NOT j.backlog
    RETURNING j.id`;
  return rows.length;
}

/** A ticket that BullMQ has confirmed, and the pack that carries it, if any. */
export type ConfirmedTicket = Pick<HandOver, 'jobId' | 'ticket'> & { carrier?: string | null };

/**
 * Records the epoch of Redis in which BullMQ confirmed these tickets, and the BullMQ jobs that carry them. Jobs that
 * changed meanwhile are skipped.
 */
export async function markDispatched(sql: Sql, tickets: readonly ConfirmedTicket[], epoch: number): Promise<void> {
  await sql`
    UPDATE jobs j SET dispatch_epoch = ${epoch}::bigint, carrier = h.carrier
    FROM (SELECT set_config('synchronous_commit', 'off', true)) AS unsynced,
      unnest(${tickets.map((one) => one.jobId)}::text[], ${tickets.map((one) => one.ticket)}::int[],
        ${tickets.map((one) => one.carrier ?? null)}::text[]) AS h (job_id, ticket, carrier)
    WHERE j.id = h.job_id AND j.ticket = h.ticket AND j.state = 'queued'`;
}

/** Returns the number of a new epoch of Redis, higher than all before. */
export async function nextEpoch(sql: Sql): Promise<number> {
  const [row] = await sql<{ epoch: number }[]>`SELECT nextval('dispatch_epochs')::int AS epoch`;
  return row?.epoch ?? 0;
}
