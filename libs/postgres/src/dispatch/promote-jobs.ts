import type { Sql } from 'postgres';
import { jobNow, type JobNow } from '../schema/index.ts';

/** A ticket that BullMQ has to carry to a worker. */
export interface HandOver {
  jobId: string;
  ticket: number;
  kind: string;
  queue: string;
  priority: number;
  /** A pack could not start it soon enough: it must not travel in one again. */
  alone?: boolean;
}

/** Moves due jobs into the backlog under a new ticket, the longest due first, at most `rowsMax`. */
export function promoteDueJobs(sql: Sql, rowsMax: number): Promise<JobNow[]> {
  return sql<JobNow[]>`
    UPDATE jobs j SET state = 'queued', ticket = j.ticket + 1, version = j.version + 1, due_at = NULL, backlog = true,
      blocked = CASE WHEN j.blocked IS NOT NULL THEN true END,
      dispatch_epoch = NULL
    FROM (SELECT id FROM jobs WHERE due_at <= now() ORDER BY due_at LIMIT ${rowsMax} FOR UPDATE SKIP LOCKED) AS due
    WHERE j.id = due.id
    RETURNING ${jobNow(sql, 'j')}`;
}
