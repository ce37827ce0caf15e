import type { Sql } from 'postgres';

/** Requests of one tenant in one month, such as `2026-11`. */
export interface MonthRequests {
  tenantId: string;
  month: string;
  requests: number;
}

/** Adds counted requests, each tenant and month once at most, and returns the new totals. */
export function addRequests(sql: Sql, counted: readonly MonthRequests[]): Promise<MonthRequests[]> {
  return sql<MonthRequests[]>`
    INSERT INTO monthly_usage AS u (tenant_id, month, requests)
    SELECT c.tenant_id, (c.month || '-01')::date, c.requests
    FROM (SELECT set_config('synchronous_commit', 'off', true)) AS unsynced, unnest(
      ${counted.map((one) => one.tenantId)}::text[], ${counted.map((one) => one.month)}::text[],
      ${counted.map((one) => one.requests)}::int[]) AS c (tenant_id, month, requests)
    ORDER BY c.tenant_id COLLATE "C", c.month
    ON CONFLICT (tenant_id, month) DO UPDATE SET requests = u.requests + excluded.requests
    RETURNING tenant_id AS "tenantId", to_char(month, 'YYYY-MM') AS month, requests::float8 AS requests`;
}

/** Counts the jobs that are not final of each tenant that has any, in the way of `readQueueStates`. */
export async function readTenantJobs(sql: Sql): Promise<Map<string, { waiting: number; running: number }>> {
  const columns = sql`tenant_id, state`;
  const rows = await sql<{ tenantId: string; waiting: number; running: number }[]>`
    WITH unfinished AS (
      SELECT ${columns} FROM jobs WHERE backlog AND blocked IS NOT TRUE
      UNION ALL SELECT ${columns} FROM jobs WHERE blocked AND backlog
      UNION ALL SELECT ${columns} FROM jobs WHERE finished_at IS NULL AND due_at IS NULL AND NOT backlog
      UNION ALL SELECT ${columns} FROM jobs WHERE due_at IS NOT NULL
    )
    SELECT tenant_id AS "tenantId", (count(*) FILTER (WHERE state <> 'running'))::int AS waiting,
      (count(*) FILTER (WHERE state = 'running'))::int AS running
    FROM unfinished GROUP BY tenant_id`;
  return new Map(rows.map(({ tenantId, ...counts }) => [tenantId, counts]));
}
