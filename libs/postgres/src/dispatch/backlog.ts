import { queueNames } from '@turno/contract';
import type { Sql } from 'postgres';
import type { HandOver } from './promote-jobs.ts';

export interface TakeOptions {
  queue: string;
  rowsMax: number;
  pausedKinds: ReadonlySet<string>;
  /** `upTo` of any job of the take before: those behind it come first; without it, from the start. */
  after?: string;
  /** The number of slots that tenants have received lately; tenants that are not named have received none. */
  received?: ReadonlyMap<string, number>;
}

/**
 * `upTo`: from whom the next take goes on. `contested`: several tenants wait. `place`: where in the order this one stands. `blocked`: it is not
 * to be dispatched, since its tenant may run only so many at once by now; it waits to be let go.
 */
export type TakenJob = HandOver & {
  tenantId: string;
  blocked: boolean;
  upTo: string;
  contested: boolean;
  place: number;
};

type TakenRow = Omit<TakenJob, 'upTo'> & { lastVisited: string; thereMayBeMore: boolean };

/** Also a take of one job must find the tenant whose turn it is. */
const visitsMin = 50;

/**
 * Takes jobs out of the backlog to be dispatched: by priority, within one priority in turns between tenants, where `received` counts those
 * that a tenant has had already, within one tenant by age. Kinds that are paused stay. Never the same job twice, however many
 * processes ask at once. May return fewer than there are; none means that none can be taken now. A job that was accepted before its tenant's
 * plan had a limit of runs at once is blocked from here on.
 *
 * Its cost depends on `rowsMax`, not on how many jobs or tenants wait: `visits` hops from tenant to tenant in the index, round from
 * `after` within each priority, for at most `rowsMax` or `visitsMin` of them, and each gives its oldest few.
 *
 * The commit does not wait for the disk: a crash puts the jobs back into the backlog under the same ticket, and the second
 * hand-over of a ticket is ignored.
 */
export async function takeFromBacklog(
  sql: Sql,
  { queue, rowsMax, pausedKinds, after = '', received = new Map() }: TakeOptions,
): Promise<TakenJob[]> {
  const waits = sql`j.backlog AND j.blocked IS NOT TRUE AND j.queue = ${queue} AND j.kind <> ALL (${[...pausedKinds]}::text[])`;
  const last = sql`${after}::text COLLATE "C"`;
  const visitsMax = Math.max(rowsMax, visitsMin);
  const rows = await sql<TakenRow[]>`
    WITH RECURSIVE visits AS (
      (SELECT -j.priority AS rank, ${last} AS tenant_id, false AS is_round, 0 AS number
        FROM jobs j WHERE ${waits} ORDER BY j.queue, -j.priority LIMIT 1)
      UNION ALL
      SELECT hop.* FROM visits v, LATERAL (
        (SELECT v.rank, j.tenant_id, v.is_round, v.number + 1 FROM jobs j
          WHERE ${waits} AND -j.priority = v.rank AND j.tenant_id > v.tenant_id
            AND (NOT v.is_round OR j.tenant_id <= ${last})
          ORDER BY j.tenant_id LIMIT 1)
        UNION ALL
        (SELECT v.rank, j.tenant_id, true, v.number + 1 FROM jobs j
          WHERE ${waits} AND NOT v.is_round AND -j.priority = v.rank AND j.tenant_id <= ${last}
          ORDER BY j.tenant_id LIMIT 1)
        UNION ALL
        (SELECT -j.priority, ${last}, false, v.number FROM jobs j
          WHERE ${waits} AND -j.priority > v.rank ORDER BY -j.priority LIMIT 1)
        LIMIT 1
      ) AS hop WHERE v.number < ${visitsMax}
    ), visited AS MATERIALIZED (
      SELECT rank, tenant_id, number, count(*) OVER (PARTITION BY rank) AS total FROM visits WHERE is_round OR tenant_id > ${last}
    ), ranked AS (
      SELECT first.id, v.rank, v.number,
        coalesce(had.received, 0) + row_number() OVER (PARTITION BY v.number ORDER BY first.id) AS turn
      FROM visited v LEFT JOIN unnest(${[...received.keys()]}::text[], ${[...received.values()]}::int[]) AS had (tenant_id, received)
        ON had.tenant_id = v.tenant_id, LATERAL (
        SELECT j.id FROM jobs j WHERE ${waits} AND -j.priority = v.rank AND j.tenant_id = v.tenant_id
        ORDER BY j.id LIMIT least(${rowsMax}, 1 + 2 * ${rowsMax} / v.total)
      ) AS first
    ), chosen AS (
      SELECT id, row_number() OVER (ORDER BY rank, turn, number)::int AS place FROM ranked
      ORDER BY rank, turn, number LIMIT ${rowsMax}
    ), limited AS MATERIALIZED (
      SELECT t.id FROM tenants t JOIN plans p ON p.name = t.plan
      WHERE p.concurrent_runs_max IS NOT NULL AND t.id = ANY (ARRAY(SELECT tenant_id FROM visited))
    ), locked AS (
      SELECT j.id, j.blocked IS NULL AND j.tenant_id IN (SELECT id FROM limited) AS is_blocked
      FROM jobs j WHERE j.id IN (SELECT id FROM chosen) AND j.backlog AND j.blocked IS NOT TRUE FOR UPDATE OF j SKIP LOCKED
    )
    UPDATE jobs j SET backlog = is_blocked, blocked = CASE WHEN is_blocked THEN true ELSE j.blocked END, queued_at = now(), dispatch_epoch = NULL
    FROM (SELECT set_config('synchronous_commit', 'off', true)) AS unsynced, locked JOIN chosen USING (id) WHERE j.id = locked.id
    RETURNING chosen.place, j.id AS "jobId", j.ticket, j.kind, j.queue, j.priority, j.tenant_id AS "tenantId", is_blocked AS blocked,
      (SELECT tenant_id FROM visited ORDER BY number DESC LIMIT 1) AS "lastVisited",
      (SELECT count(*) FROM visited) >= ${visitsMax} AS "thereMayBeMore",
      (SELECT min(tenant_id) < max(tenant_id) FROM visited) AS contested`;
  // An UPDATE answers in whatever order it went, and BullMQ hands out in the order in which it is given.
  const taken = [...rows].sort((a, b) => a.place - b.place);
  const lastTaken = taken.at(-1)?.tenantId ?? after;
  return taken.map(({ lastVisited, thereMayBeMore, ...job }) => ({
    ...job,
    upTo: thereMayBeMore ? lastVisited : lastTaken,
  }));
}

/** Which queues have a backlog that can be dispatched. */
export async function findBacklogs(sql: Sql): Promise<Set<string>> {
  const rows = await sql<{ queue: string }[]>`
    SELECT name AS queue FROM unnest(${queueNames as readonly string[]}::text[]) AS name
    WHERE EXISTS (SELECT FROM jobs WHERE backlog AND blocked IS NOT TRUE AND queue = name)`;
  return new Set(rows.map((row) => row.queue));
}
