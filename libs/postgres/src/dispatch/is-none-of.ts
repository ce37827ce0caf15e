import type { Fragment, Sql } from 'postgres';

/**
 * Returns the condition that a column has none of the names. For `<> ALL` the planner expects no row when one name is
 * in nearly all rows, and then sorts the whole backlog to find its first job; for this form it expects most rows.
 */
export function isNoneOf(sql: Sql, column: Fragment, names: ReadonlySet<string>): Fragment {
  return sql`NOT (ARRAY[${column}] <@ ${[...names]}::text[])`;
}
