import type postgres from 'postgres';
import type { Recorded } from '../history.ts';

/**
 * Milliseconds from the fault that took a worker to the start of the next attempt, one for each job that was taken
 * over, shortest first. A rescue belongs to the last fault that began before it.
 */
export async function takeovers(sql: postgres.Sql, history: readonly Recorded[]): Promise<number[]> {
  const begins = history.flatMap((entry) => (entry.type === 'fault' && entry.phase === 'begins' ? [entry.at] : []));
  const rows = await sql<{ ms: number }[]>`
    SELECT extract(epoch FROM coalesce(next.started_at, j.started_at) - to_timestamp(fault.at / 1000))::float8 * 1000 AS ms
    FROM job_attempts lost JOIN jobs j ON j.id = lost.job_id
    LEFT JOIN LATERAL (SELECT a.started_at FROM job_attempts a WHERE a.job_id = lost.job_id AND a.ticket > lost.ticket
      ORDER BY a.ticket LIMIT 1) AS next ON true
    JOIN LATERAL (SELECT max(at) AS at FROM unnest(${begins}::float8[]) AS at
      WHERE at / 1000 < extract(epoch FROM lost.finished_at)) AS fault ON true
    WHERE lost.outcome = 'worker-lost' AND coalesce(next.started_at, j.started_at) > lost.finished_at
    ORDER BY ms`;
  return rows.map((row) => row.ms);
}
