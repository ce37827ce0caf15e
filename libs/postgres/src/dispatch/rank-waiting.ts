import type { Sql } from 'postgres';

/** Jobs of one tenant that wait in the order of their age: of one priority in one queue, in line or blocked. */
export interface Lane {
  tenantId: string;
  queue: string;
  priority: number;
  blocked: boolean;
}

/** The oldest is 1. */
export interface Ranked {
  id: string;
  rank: number;
}

/** So many of the oldest are looked at. */
export const ranksMax = 10_000;

/**
 * Some of the oldest jobs of each line with their ranks, the last one looked at among them: all of the first twenty, every twentieth of
 * the first thousand, then every five hundredth. Its cost is that of `ranksMax` entries of an index per line.
 */
export async function rankWaiting(sql: Sql, lines: readonly Lane[]): Promise<Ranked[][]> {
  const oldest = (isBlocked: boolean) => sql`
    SELECT j.id FROM jobs j WHERE g.blocked = ${Number(isBlocked)} AND j.backlog
      AND ${isBlocked ? sql`j.blocked` : sql`j.blocked IS NOT TRUE AND j.queue = g.queue`}
      AND j.tenant_id = g.tenant_id AND -j.priority = -g.priority ORDER BY j.id LIMIT ${ranksMax}`;
  const rows = await sql<(Ranked & { line: number })[]>`
    SELECT g.line::int, r.id, r.rank FROM unnest(
      ${lines.map((line) => line.tenantId)}::text[], ${lines.map((line) => line.queue)}::text[],
      ${lines.map((line) => line.priority)}::int[], ${lines.map((line) => Number(line.blocked))}::int[]
    ) WITH ORDINALITY AS g (tenant_id, queue, priority, blocked, line), LATERAL (
      SELECT id, rank::int, rank = count(*) OVER () AS is_last FROM (
        SELECT id, row_number() OVER (ORDER BY id) AS rank FROM (
          (${oldest(false)}) UNION ALL (${oldest(true)})
        ) AS oldest
      ) AS ranked
    ) AS r
    WHERE r.rank <= 20 OR (r.rank <= 1000 AND r.rank % 20 = 0) OR r.rank % 500 = 0 OR r.is_last
    ORDER BY g.line, r.rank`;
  const ranks: Ranked[][] = lines.map(() => []);
  for (const { line, id, rank } of rows) ranks[line - 1]?.push({ id, rank });
  return ranks;
}
