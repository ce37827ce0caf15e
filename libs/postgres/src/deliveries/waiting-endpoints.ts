import type { Fragment, Sql } from 'postgres';

/**
 * The CTE `waiting` of a `WITH RECURSIVE`: the `endpoint_id`s that deliveries wait for, and a last one that is null. It hops from one to
 * the next in the index, so its cost depends on how many they are, not on how much waits for each.
 */
export function waitingEndpoints(sql: Sql): Fragment {
  return sql`waiting AS (
      (SELECT endpoint_id FROM deliveries WHERE due_at IS NOT NULL ORDER BY endpoint_id LIMIT 1)
      UNION ALL
      SELECT (SELECT d.endpoint_id FROM deliveries d WHERE d.due_at IS NOT NULL AND d.endpoint_id > w.endpoint_id
        ORDER BY d.endpoint_id LIMIT 1)
      FROM waiting w WHERE w.endpoint_id IS NOT NULL
    )`;
}
