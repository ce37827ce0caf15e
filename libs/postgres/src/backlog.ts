import type { Sql } from 'postgres';
import type { HandOver } from './promote-jobs.ts';

/**
 * Takes jobs out of the backlog to be dispatched: by priority, within one priority in turns between tenants, within one
 * tenant by age. Kinds that are paused stay. Never the same job twice, however many processes ask at once.
 */
export function takeFromBacklog(
  sql: Sql,
  { queue, rowsMax, pausedKinds }: { queue: string; rowsMax: number; pausedKinds: ReadonlySet<string> },
): Promise<HandOver[]> {
  return sql<HandOver[]>`
    WITH RECURSIVE tenants AS (
      (SELECT tenant_id FROM jobs WHERE backlog AND queue = ${queue} ORDER BY tenant_id LIMIT 1)
      UNION ALL
      SELECT (SELECT j.tenant_id FROM jobs j WHERE j.backlog AND j.queue = ${queue} AND j.tenant_id > t.tenant_id
        ORDER BY j.tenant_id LIMIT 1)
      FROM tenants t WHERE t.tenant_id IS NOT NULL
    ), ranked AS (
      SELECT first.id, first.priority,
        row_number() OVER (PARTITION BY t.tenant_id, first.priority ORDER BY first.id) AS turn
      FROM tenants t, LATERAL (
        SELECT j.id, j.priority FROM jobs j WHERE j.backlog AND j.queue = ${queue} AND j.tenant_id = t.tenant_id
          AND j.kind <> ALL (${[...pausedKinds]}::text[])
        ORDER BY j.priority DESC, j.id LIMIT ${rowsMax}
      ) AS first
    ), chosen AS (
      SELECT id FROM ranked ORDER BY priority DESC, turn, id LIMIT ${rowsMax}
    ), locked AS (
      SELECT id FROM jobs WHERE id IN (SELECT id FROM chosen) AND backlog FOR UPDATE SKIP LOCKED
    )
    UPDATE jobs j SET backlog = false, queued_at = now(), dispatch_epoch = NULL FROM locked WHERE j.id = locked.id
    RETURNING j.id AS "jobId", j.ticket, j.kind, j.queue, j.priority`;
}

/** Which queues have a backlog. */
export async function findBacklogs(sql: Sql): Promise<Set<string>> {
  const rows = await sql<{ queue: string }[]>`
    SELECT name AS queue FROM unnest(ARRAY['cpu', 'io']) AS name
    WHERE EXISTS (SELECT FROM jobs WHERE backlog AND queue = name)`;
  return new Set(rows.map((row) => row.queue));
}
