import type { Sql, TransactionSql } from 'postgres';
import { inTransaction } from '../connection/index.ts';
import type { Pauses } from './pauses.ts';
import type { HandOver } from './promote-jobs.ts';

export interface ReleaseOptions {
  tenantIds: readonly string[];
  /** Queues whose jobs the caller dispatches itself; those of others join the backlog. */
  direct: readonly string[];
  pauses: Pauses;
  /** Of each tenant. */
  rowsMax: number;
}

/** `backlog`: it waits for its turn there; else the caller must dispatch it. */
export type ReleasedJob = HandOver & { tenantId: string; backlog: boolean };

/** Any constant will do, as long as it is only ours. */
const lockKey = 7_201_905_214;

/**
 * Lets blocked jobs go, by priority and age, as far as their tenants may run more at once. A job that was let go counts as running until
 * it is over or waits for another time, so a tenant can never have more running than its plan says. Processes do this one after
 * the other, each on what the one before left: the lock is taken by a statement of its own, since a statement sees nothing
 * that was committed after it began.
 *
 * The commit does not wait for the disk: a crash puts the jobs back under the same tickets, and the second hand-over of a ticket
 * is ignored.
 */
export function releaseBlockedJobs(
  sql: Sql,
  { tenantIds, direct, pauses, rowsMax }: ReleaseOptions,
): Promise<readonly ReleasedJob[]> {
  return inTransaction(sql, async (tx) => {
    await tx`SELECT set_config('synchronous_commit', 'off', true), pg_advisory_xact_lock(${lockKey}::bigint)`;
    if (pauses.queues.size + pauses.kinds.size > 0) await holdPaused(tx, tenantIds, pauses);
    return tx<ReleasedJob[]>`
      WITH room AS MATERIALIZED (
        SELECT t.id, CASE WHEN p.concurrent_runs_max IS NULL THEN ${rowsMax}::int
          ELSE least(${rowsMax}::int, p.concurrent_runs_max - (SELECT count(*) FROM jobs j
            WHERE NOT j.blocked AND j.finished_at IS NULL AND j.due_at IS NULL AND j.tenant_id = t.id)) END AS places
        FROM tenants t JOIN plans p ON p.name = t.plan WHERE t.id = ANY (${[...tenantIds]}::text[])
      ), next AS (
        SELECT first.id FROM room, LATERAL (
          SELECT j.id FROM jobs j WHERE j.blocked AND j.backlog AND j.tenant_id = room.id
            AND j.queue <> ALL (${[...pauses.queues]}::text[]) AND j.kind <> ALL (${[...pauses.kinds]}::text[])
          ORDER BY -j.priority, j.id LIMIT greatest(0, room.places)
        ) AS first
      ), locked AS (
        SELECT id FROM jobs WHERE id = ANY (ARRAY(SELECT id FROM next)) AND blocked AND backlog FOR UPDATE SKIP LOCKED
      )
      UPDATE jobs j SET blocked = false, backlog = j.queue <> ALL (${[...direct]}::text[]), queued_at = now(),
        dispatch_epoch = NULL
      FROM locked WHERE j.id = locked.id
      RETURNING j.id AS "jobId", j.ticket, j.kind, j.queue, j.priority, j.tenant_id AS "tenantId", j.backlog`;
  });
}

/** Holds again what was let go, still waits and is paused since: it would keep the places of what can run. */
async function holdPaused(tx: TransactionSql, tenantIds: readonly string[], { queues, kinds }: Pauses): Promise<void> {
  await tx`
    UPDATE jobs SET blocked = true
    WHERE NOT blocked AND finished_at IS NULL AND due_at IS NULL AND backlog AND tenant_id = ANY (${[...tenantIds]}::text[])
      AND (queue = ANY (${[...queues]}::text[]) OR kind = ANY (${[...kinds]}::text[]))`;
}

/** Tenants with blocked jobs, in the order of their ids from after `after`, each by one hop in the index. */
export async function findBlockedTenants(sql: Sql, after: string, rowsMax: number): Promise<string[]> {
  const next = (from: ReturnType<Sql>) =>
    sql`SELECT j.tenant_id FROM jobs j WHERE j.blocked AND j.backlog AND j.tenant_id > ${from} ORDER BY j.tenant_id LIMIT 1`;
  const rows = await sql<{ tenantId: string }[]>`
    WITH RECURSIVE visits AS (
      (SELECT tenant_id, 1 AS number FROM (${next(sql`${after}::text COLLATE "C"`)}) AS first)
      UNION ALL
      SELECT hop.tenant_id, v.number + 1 FROM visits v, LATERAL (${next(sql`v.tenant_id`)}) AS hop
      WHERE v.number < ${rowsMax}
    )
    SELECT tenant_id AS "tenantId" FROM visits`;
  return rows.map((row) => row.tenantId);
}
