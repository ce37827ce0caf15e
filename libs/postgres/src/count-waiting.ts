import type { Sql } from 'postgres';

export interface TenantBacklog {
  tenantId: string;
  /** Jobs that wait for their start, in the backlog, in BullMQ, or for their time. */
  waiting: number;
  /** Jobs that came to their end within the last ten seconds. */
  ended: number;
}

/** The seconds that `ended` counts. */
export const endedWithinSeconds = 10;

/** How much waits and how fast it goes, of every tenant that has any. Each part is counted along the partial index that holds it. */
export function countWaiting(sql: Sql): Promise<TenantBacklog[]> {
  return sql<TenantBacklog[]>`
    SELECT tenant_id AS "tenantId", sum(waiting)::int AS waiting, sum(ended)::int AS ended FROM (
      SELECT tenant_id, count(*) AS waiting, 0 AS ended FROM jobs WHERE backlog AND held IS NOT TRUE GROUP BY 1
      UNION ALL
      SELECT tenant_id, count(*), 0 FROM jobs WHERE held AND backlog GROUP BY 1
      UNION ALL
      SELECT tenant_id, count(*), 0 FROM jobs WHERE due_at IS NOT NULL GROUP BY 1
      UNION ALL
      SELECT tenant_id, count(*), 0 FROM jobs
        WHERE finished_at IS NULL AND due_at IS NULL AND NOT backlog AND state = 'queued' GROUP BY 1
      UNION ALL
      SELECT tenant_id, 0, count(*) FROM jobs
        WHERE finished_at > now() - ${endedWithinSeconds}::int * interval '1 second' GROUP BY 1
    ) AS parts GROUP BY 1`;
}
