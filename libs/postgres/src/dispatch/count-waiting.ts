import type { Sql } from 'postgres';

/** Counts of some of a tenant's jobs; a tenant may have several. */
export interface TenantBacklog {
  tenantId: string;
  /** The lane of jobs in the backlog; null: jobs elsewhere. */
  lane: { queue: string; priority: number } | null;
  /** Jobs that wait for their start: in the backlog, in BullMQ, or until they are due. */
  waiting: number;
  /** Jobs that became final within the last ten seconds. */
  ended: number;
}

type Row = Omit<TenantBacklog, 'lane'> & { queue: string | null; priority: number | null };

/** The seconds that `ended` counts. */
export const endedWithinSeconds = 10;

/**
 * Counts the waiting and the lately finished jobs of every tenant. Each part is counted along its partial index, so the
 * cost rises with the number of waiting jobs: about 0.3 s for a million.
 */
export async function countWaiting(sql: Sql): Promise<TenantBacklog[]> {
  const rows = await sql<Row[]>`
    SELECT tenant_id AS "tenantId", queue, -rank AS priority, waiting, 0 AS ended FROM (
      SELECT queue, -priority AS rank, tenant_id, count(*)::int AS waiting FROM jobs
      WHERE backlog AND blocked IS NOT TRUE GROUP BY queue, -priority, tenant_id) AS in_lanes
    UNION ALL
    SELECT tenant_id, NULL, NULL, sum(waiting)::int, sum(ended)::int FROM (
      SELECT tenant_id, count(*) AS waiting, 0 AS ended FROM jobs WHERE blocked AND backlog GROUP BY 1
      UNION ALL
      SELECT tenant_id, count(*), 0 FROM jobs WHERE due_at IS NOT NULL GROUP BY 1
      UNION ALL
      SELECT tenant_id, count(*), 0 FROM jobs
        WHERE finished_at IS NULL AND due_at IS NULL AND NOT backlog AND state = 'queued' GROUP BY 1
      UNION ALL
      SELECT tenant_id, 0, count(*) FROM jobs
        WHERE finished_at > now() - ${endedWithinSeconds}::int * interval '1 second' GROUP BY 1
    ) AS elsewhere GROUP BY 1`;
  return rows.map(({ queue, priority, ...row }) => ({
    ...row,
    lane: queue === null || priority === null ? null : { queue, priority },
  }));
}
