import { formatTime } from '@turno/contract';
import type { Sql } from 'postgres';

export interface UsageRow {
  day: string;
  kind: string;
  submitted: number;
  completed: number;
  failed: number;
  cancelled: number;
  waitP50Ms: number | null;
  waitP95Ms: number | null;
  runP50Ms: number | null;
  runP95Ms: number | null;
}

/**
 * Reads counts and durations of a tenant's jobs by day (UTC) and kind, created in from ≤ t < to. Waiting lasts from the
 * due time to the start of the latest attempt, running from there to the end. Percentiles are exact, over final jobs
 * that ran.
 */
export function readUsage(sql: Sql, tenantId: string, range: { from: Date; to: Date }): Promise<UsageRow[]> {
  return sql<UsageRow[]>`
    WITH timed AS (
      SELECT to_char(created_at, 'YYYY-MM-DD') AS day, kind, state,
        CASE WHEN finished_at IS NOT NULL
          THEN greatest(0, extract(epoch FROM started_at - run_at) * 1000)::float8 END AS wait_ms,
        (extract(epoch FROM finished_at - started_at) * 1000)::float8 AS run_ms
      FROM jobs
      WHERE tenant_id = ${tenantId} AND created_at >= ${formatTime(range.from)}::text::timestamptz
        AND created_at < ${formatTime(range.to)}::text::timestamptz
    )
    SELECT day, kind, count(*)::int AS submitted, (count(*) FILTER (WHERE state = 'completed'))::int AS completed,
      (count(*) FILTER (WHERE state = 'failed'))::int AS failed,
      (count(*) FILTER (WHERE state = 'cancelled'))::int AS cancelled,
      percentile_cont(0.5) WITHIN GROUP (ORDER BY wait_ms) AS "waitP50Ms",
      percentile_cont(0.95) WITHIN GROUP (ORDER BY wait_ms) AS "waitP95Ms",
      percentile_cont(0.5) WITHIN GROUP (ORDER BY run_ms) AS "runP50Ms",
      percentile_cont(0.95) WITHIN GROUP (ORDER BY run_ms) AS "runP95Ms"
    FROM timed GROUP BY day, kind ORDER BY day, kind`;
}
