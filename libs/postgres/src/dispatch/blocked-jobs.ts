import type { Sql, TransactionSql } from 'postgres';
import { inTransaction } from '../connection/index.ts';
import { isNoneOf } from './is-none-of.ts';
import type { Pauses } from './pauses.ts';
import type { HandOver } from './promote-jobs.ts';

export interface ReleaseOptions {
  tenantIds: readonly string[];
  /** Queues whose jobs the caller dispatches itself; jobs of other queues enter the backlog. */
  direct: readonly string[];
  pauses: Pauses;
  /** The most jobs of each tenant. */
  rowsMax: number;
}

/** `backlog`: the job waits in the backlog; else the caller must dispatch it. */
export type ReleasedJob = HandOver & { tenantId: string; backlog: boolean };

/** Any number will do, as long as no other program takes the same lock. */
const lockKey = 7_201_905_214;

/**
 * Releases blocked jobs, by priority and age, as far as their tenants may run more at once. A released job counts as
 * running until it is final or due later, so a tenant never has more running jobs than its plan allows. An advisory
 * lock orders the processes. A statement of its own takes the lock, since a statement does not see commits that are
 * later than its start.
 *
 * The commit does not wait for the disk: a crash puts the jobs back under the same tickets, and the second hand-over of
 * a ticket is ignored.
 */
export function releaseBlockedJobs(
  sql: Sql,
  { tenantIds, direct, pauses, rowsMax }: ReleaseOptions,
): Promise<readonly ReleasedJob[]> {
  return inTransaction(sql, async (tx) => {
    await tx`SELECT set_config('synchronous_commit', 'off', true), pg_advisory_xact_lock(${lockKey}::bigint)`;
    if (pauses.queues.size + pauses.kinds.size > 0) await blockPaused(tx, tenantIds, pauses);
    return tx<ReleasedJob[]>`
      WITH capacity AS MATERIALIZED (
        SELECT t.id, CASE WHEN p.concurrent_runs_max IS NULL THEN ${rowsMax}::int
          ELSE least(${rowsMax}::int, p.concurrent_runs_max - (SELECT count(*) FROM jobs j
            WHERE NOT j.blocked AND j.finished_at IS NULL AND j.due_at IS NULL AND j.tenant_id = t.id)) END AS slots
        FROM tenants t JOIN plans p ON p.name = t.plan WHERE t.id = ANY (${[...tenantIds]}::text[])
      ), next AS (
        SELECT first.id FROM capacity, LATERAL (
          SELECT j.id FROM jobs j WHERE j.blocked AND j.backlog AND j.tenant_id = capacity.id
            AND ${isNoneOf(sql, sql`j.queue`, pauses.queues)} AND ${isNoneOf(sql, sql`j.kind`, pauses.kinds)}
          ORDER BY -j.priority, j.id LIMIT greatest(0, capacity.slots)
        ) AS first
      ), locked AS (
        SELECT id FROM jobs WHERE id = ANY (ARRAY(SELECT id FROM next)) AND coalesce(blocked AND backlog, false)
        FOR UPDATE SKIP LOCKED
      )
      UPDATE jobs j SET blocked = false, backlog = j.queue <> ALL (${[...direct]}::text[]), queued_at = now(),
        dispatch_epoch = NULL
      FROM locked WHERE j.id = locked.id
      RETURNING j.id AS "jobId", j.ticket, j.kind, j.queue, j.priority, j.tenant_id AS "tenantId", j.backlog`;
  });
}

/** Blocks released jobs again that still wait and are paused since: they would use the slots of jobs that can run. */
async function blockPaused(tx: TransactionSql, tenantIds: readonly string[], { queues, kinds }: Pauses): Promise<void> {
  await tx`
    UPDATE jobs SET blocked = true
    WHERE NOT blocked AND finished_at IS NULL AND due_at IS NULL AND backlog
      AND tenant_id = ANY (${[...tenantIds]}::text[])
      AND (queue = ANY (${[...queues]}::text[]) OR kind = ANY (${[...kinds]}::text[]))`;
}

/** Finds tenants with blocked jobs, in the order of their ids from after `after`, each by one hop in the index. */
export async function findBlockedTenants(sql: Sql, after: string, rowsMax: number): Promise<string[]> {
  const next = (from: ReturnType<Sql>) =>
    sql`SELECT j.tenant_id FROM jobs j WHERE j.blocked AND j.backlog AND j.tenant_id > ${from}
      ORDER BY j.tenant_id LIMIT 1`;
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
