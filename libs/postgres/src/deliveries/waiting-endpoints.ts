import type { Fragment, Sql } from 'postgres';

/**
 * Returns the CTE `waiting` of a `WITH RECURSIVE`: the `endpoint_id`s with waiting deliveries, and a last row that is
 * null. It hops from one id to the next in the index, so the cost depends on the number of endpoints, not on the number
 * of deliveries.
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
