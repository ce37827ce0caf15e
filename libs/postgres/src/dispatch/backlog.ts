import { queueNames } from '@turno/contract';
import type { Sql } from 'postgres';
import { isNoneOf } from './is-none-of.ts';
import type { HandOver } from './promote-jobs.ts';

export interface TakeOptions {
  queue: string;
  rowsMax: number;
  pausedKinds: ReadonlySet<string>;
  /** `upTo` of any job of the take before: the tenants after it come first. Left out: from the first tenant. */
  after?: string;
  /** Slots that each tenant has received lately; a tenant that is not in the map has received none. */
  received?: ReadonlyMap<string, number>;
}

/**
 * `upTo`: the tenant after which the next take goes on. `contested`: several tenants wait. `place`: the job's place in
 * the order of the take. `blocked`: the caller must not dispatch it, since its tenant has a limit of concurrent runs by
 * now; it waits to be released.
 */
export type TakenJob = HandOver & {
  tenantId: string;
  blocked: boolean;
  upTo: string;
  contested: boolean;
  place: number;
};

type TakenRow = Omit<TakenJob, 'upTo'> & { lastVisited: string; thereMayBeMore: boolean };

/** A take of one job too must compare enough tenants to find the one that is next. */
const visitsMin = 50;

/**
 * Takes jobs out of the backlog for dispatch: by priority, then in fair share between tenants, where `received` counts
 * the slots that a tenant has received already, then by age. Jobs of paused kinds stay. Concurrent processes never take
 * the same job. May return fewer jobs than there are; none means that no job can be taken now. A job that was accepted
 * before its tenant's plan had a limit of concurrent runs is blocked from here on.
 *
 * The cost depends on `rowsMax`, not on the number of waiting jobs or tenants: `visits` hops from tenant to tenant in
 * the index, round from `after` within each priority, for at most `rowsMax` or `visitsMin` tenants, and reads the few
 * oldest jobs of each.
 *
 * The commit does not wait for the disk: a crash puts the jobs back into the backlog under the same ticket, and the
 * second hand-over of a ticket is ignored.
 */
export async function takeFromBacklog(
  sql: Sql,
  { queue, rowsMax, pausedKinds, after = '', received = new Map() }: TakeOptions,
): Promise<TakenJob[]> {
  const waits = sql`j.backlog AND j.blocked IS NOT TRUE AND j.queue = ${queue}
    AND ${isNoneOf(sql, sql`j.kind`, pausedKinds)}`;
  // In the words of the predicate of jobs_backlog, this condition would invite a scan of the whole index. For the same
  // reason rows are found by an array of ids: the planner does not know how few the CTEs return.
  const stillWaits = sql`coalesce(j.backlog AND j.blocked IS NOT TRUE, false)`;
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
      SELECT rank, tenant_id, number, count(*) OVER (PARTITION BY rank) AS total FROM visits WHERE is_round
        OR tenant_id > ${last}
    ), ranked AS (
      SELECT first.id, v.rank, v.number,
        coalesce(had.slots, 0) + row_number() OVER (PARTITION BY v.number ORDER BY first.id) AS share
      FROM visited v LEFT JOIN unnest(${[...received.keys()]}::text[],
        ${[...received.values()]}::int[]) AS had (tenant_id, slots)
        ON had.tenant_id = v.tenant_id, LATERAL (
        SELECT j.id FROM jobs j WHERE ${waits} AND -j.priority = v.rank AND j.tenant_id = v.tenant_id
        ORDER BY j.id LIMIT least(${rowsMax}, 1 + 2 * ${rowsMax} / v.total)
      ) AS first
    ), chosen AS (
      SELECT id, row_number() OVER (ORDER BY rank, share, number)::int AS place FROM ranked
      ORDER BY rank, share, number LIMIT ${rowsMax}
    ), limited AS MATERIALIZED (
      SELECT t.id FROM tenants t JOIN plans p ON p.name = t.plan
      WHERE p.concurrent_runs_max IS NOT NULL AND t.id = ANY (ARRAY(SELECT tenant_id FROM visited))
    ), locked AS (
      SELECT j.id, j.blocked IS NULL AND j.tenant_id IN (SELECT id FROM limited) AS is_blocked,
        j.alone IS TRUE AS is_alone
      FROM jobs j WHERE j.id = ANY (ARRAY(SELECT id FROM chosen)) AND ${stillWaits} FOR UPDATE OF j SKIP LOCKED
    )
    UPDATE jobs j SET backlog = is_blocked, blocked = CASE WHEN is_blocked THEN true ELSE j.blocked END,
      queued_at = now(), dispatch_epoch = NULL, alone = NULL
    FROM (SELECT set_config('synchronous_commit', 'off', true)) AS unsynced, locked JOIN chosen USING (id)
      WHERE j.id = locked.id AND j.id = ANY (ARRAY(SELECT id FROM locked))
    RETURNING chosen.place, j.id AS "jobId", j.ticket, j.kind, j.queue, j.priority, j.tenant_id AS "tenantId",
      is_blocked AS blocked, is_alone AS alone,
      (SELECT tenant_id FROM visited ORDER BY number DESC LIMIT 1) AS "lastVisited",
      (SELECT count(*) FROM visited) >= ${visitsMax} AS "thereMayBeMore",
      (SELECT min(tenant_id) < max(tenant_id) FROM visited) AS contested`;
  // An UPDATE returns its rows in any order, and BullMQ hands out jobs in the order in which they are added.
  const taken = [...rows].sort((a, b) => a.place - b.place);
  const lastTaken = taken.at(-1)?.tenantId ?? after;
  return taken.map(({ lastVisited, thereMayBeMore, ...job }) => ({
    ...job,
    upTo: thereMayBeMore ? lastVisited : lastTaken,
  }));
}

/**
 * Finds the queues with a backlog that can be dispatched, each by one probe of the index. The order is that of the
 * index: any other plan would have to sort the jobs that wait, so the planner takes the index even when its statistics
 * are missing or wrong.
 */
export async function findBacklogs(sql: Sql): Promise<Set<string>> {
  const rows = await sql<{ queue: string }[]>`
    SELECT name AS queue FROM unnest(${queueNames as readonly string[]}::text[]) AS name, LATERAL (
      SELECT FROM jobs WHERE backlog AND blocked IS NOT TRUE AND queue = name
      ORDER BY -priority, tenant_id, id LIMIT 1
    ) AS first`;
  return new Set(rows.map((row) => row.queue));
}
