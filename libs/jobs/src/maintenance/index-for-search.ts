import { indexWords, type Postgres } from '@turno/postgres';
import type { Log, Repeated } from '@turno/runtime';
import { type DueWorkWatch, repeatWhenDue } from '../dispatch/due-work.ts';

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
  { sql, log, dueWork }: { sql: Postgres['sql']; log: Log; dueWork: DueWorkWatch },
  everyMs: number,
): Repeated {
  return repeatWhenDue({ dueWork, log }, { due: 'index', task: 'index-for-search', everyMs }, async () => {
    while ((await indexWords(sql, rowsMax)) === rowsMax);
  });
}
