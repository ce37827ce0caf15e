import type { Sql } from 'postgres';

/** Some of a tenant's jobs; the same tenant may come several times. */
export interface TenantBacklog {
  tenantId: string;
  /** Their lane in the backlog; null for jobs that are not in one. */
  lane: { queue: string; priority: number } | null;
  /** Jobs that wait for their start, in the backlog, in BullMQ, or for their time. */
  waiting: number;
  /** Jobs that came to their end within the last ten seconds. */
  ended: number;
}

type Row = Omit<TenantBacklog, 'lane'> & { queue: string | null; priority: number | null };

/** The seconds that `ended` counts. */
export const endedWithinSeconds = 10;

/**
 * How much waits and how fast it goes, of every tenant that has any. Each part is counted along the partial index that holds it, and so
 * it costs the more the more waits: about 0.3 s of a million jobs.
 */
export async function countWaiting(sql: Sql): Promise<TenantBacklog[]> {
  const rows = await sql<Row[]>`
    SELECT tenant_id AS "tenantId", queue, -rank AS priority, waiting, 0 AS ended FROM (
      SELECT queue, -priority AS rank, tenant_id, count(*)::int AS waiting FROM jobs
      WHERE backlog AND blocked IS NOT TRUE GROUP BY queue, -priority, tenant_id) AS in_line
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
