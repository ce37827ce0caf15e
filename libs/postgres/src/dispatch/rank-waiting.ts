import type { Sql } from 'postgres';

/** Jobs of one tenant that wait in the order of age: of one priority in one queue, blocked or not. */
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

/** The number of jobs that are ranked in a lane. */
export const ranksMax = 10_000;

/**
 * Ranks the oldest jobs of each lane and returns a sample: all of the first twenty, every twentieth of the first
 * thousand, then every five hundredth, and the last one. The cost is that of `ranksMax` entries of an index per lane.
 */
export async function rankWaiting(sql: Sql, lanes: readonly Lane[]): Promise<Ranked[][]> {
  const oldest = (isBlocked: boolean) => sql`
    SELECT j.id FROM jobs j WHERE g.blocked = ${Number(isBlocked)} AND j.backlog
      AND ${isBlocked ? sql`j.blocked` : sql`j.blocked IS NOT TRUE AND j.queue = g.queue`}
      AND j.tenant_id = g.tenant_id AND -j.priority = -g.priority ORDER BY j.id LIMIT ${ranksMax}`;
  const rows = await sql<(Ranked & { lane: number })[]>`
    SELECT g.lane::int, r.id, r.rank FROM unnest(
      ${lanes.map((lane) => lane.tenantId)}::text[], ${lanes.map((lane) => lane.queue)}::text[],
      ${lanes.map((lane) => lane.priority)}::int[], ${lanes.map((lane) => Number(lane.blocked))}::int[]
    ) WITH ORDINALITY AS g (tenant_id, queue, priority, blocked, lane), LATERAL (
      SELECT id, rank::int, rank = count(*) OVER () AS is_last FROM (
        SELECT id, row_number() OVER (ORDER BY id) AS rank FROM (
          (${oldest(false)}) UNION ALL (${oldest(true)})
        ) AS oldest
      ) AS ranked
    ) AS r
    WHERE r.rank <= 20 OR (r.rank <= 1000 AND r.rank % 20 = 0) OR r.rank % 500 = 0 OR r.is_last
    ORDER BY g.lane, r.rank`;
  const ranks: Ranked[][] = lanes.map(() => []);
  for (const { lane, id, rank } of rows) ranks[lane - 1]?.push({ id, rank });
  return ranks;
}
