import type { Sql } from 'postgres';
import { inTransaction } from '../connection/index.ts';

/** The tables that grow with the number of jobs. */
const tables = [
  'jobs',
  'job_inputs',
  'job_outputs',
  'job_attempts',
  'idempotency_keys',
  'reusable_results',
  'deliveries',
  'delivery_payloads',
  'delivery_attempts',
  'files',
];

/** A sequential scan of so many pages takes less than a millisecond, so a smaller table needs no statistics. */
const pagesMin = 100;

/** A tenth of the default: the number of rows is what matters, and a sample reads 3,000 pages instead of 30,000. */
const sampleSize = 10;

/**
 * Analyzes the tables that have more than twice the pages of their statistics, and returns their names. Each connection
 * then plans its prepared statements again: a plan that was made for an empty table reads all of a large one. The
 * statistics of a table of a million rows are thus renewed about ten times while it grows.
 *
 * A table that another process analyzes or vacuums now is skipped. Autovacuum does the same later, about once a minute.
 */
export async function analyzeGrownTables(sql: Sql): Promise<string[]> {
  const grown = await sql<{ name: string }[]>`
    SELECT relname AS name FROM pg_class
    WHERE oid = ANY (${tables}::text[]::regclass[])
      AND pg_relation_size(oid) > current_setting('block_size')::bigint * greatest(${pagesMin}::int, 2 * relpages)`;
  for (const { name } of grown) {
    await inTransaction(sql, async (tx) => {
      await tx`SELECT set_config('default_statistics_target', ${String(sampleSize)}, true)`;
      await tx`ANALYZE (SKIP_LOCKED) ${tx(name)}`;
    });
  }
  return grown.map(({ name }) => name);
}
