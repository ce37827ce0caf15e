import type postgres from 'postgres';
import type { Phase } from './campaign.ts';

/** Milliseconds from acceptance to end of the `io` jobs that do nothing, one p99 for each phase. */
export async function ioP99(sql: postgres.Sql, phases: readonly Phase[]): Promise<(Phase & { p99Ms: number })[]> {
  const measured = [];
  for (const phase of phases) {
    const [row] = await sql<{ p99: number | null }[]>`
      SELECT percentile_cont(0.99) WITHIN GROUP (ORDER BY extract(epoch FROM finished_at - created_at) * 1000)::float8 AS p99
      FROM jobs
      WHERE kind = 'test.noop' AND state = 'completed' AND run_at = created_at
        AND created_at >= ${new Date(phase.from).toISOString()}::timestamptz
        AND created_at < ${new Date(phase.to).toISOString()}::timestamptz`;
    if (row !== undefined && row.p99 !== null) measured.push({ ...phase, p99Ms: row.p99 });
  }
  return measured;
}
