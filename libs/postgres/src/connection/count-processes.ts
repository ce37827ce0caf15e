import type { Sql } from 'postgres';

/** Counts the connected processes whose name starts with `nameStart`; each process has a name of its own. */
export async function countProcesses(sql: Sql, nameStart: string): Promise<number> {
  const [row] = await sql<{ processes: number }[]>`
    SELECT count(DISTINCT application_name)::int AS processes FROM pg_stat_activity
    WHERE datname = current_database() AND starts_with(application_name, ${nameStart})`;
  return row?.processes ?? 0;
}
