import { indexWords, type Postgres } from '@turno/postgres';
import { type Log, repeat } from '@turno/runtime';

const rowsMax = 250;

/** Whether jobs are indexed for search, and how often. Tests and benchmarks start processes with other values. */
export const searchConstants = {
  enabled: true,
  /** Between two rounds that index new and changed jobs. */
  indexEveryMs: 1_000,
};

/**
 * Starts the task that indexes new and changed jobs for search, after their submit.
 * Any number of processes may run it.
 */
export function indexForSearch(
  { sql, log }: { sql: Postgres['sql']; log: Log },
  everyMs: number,
): ReturnType<typeof repeat> {
  return repeat(log, { task: 'index-for-search', everyMs }, async () => {
    while ((await indexWords(sql, rowsMax)) === rowsMax);
  });
}
