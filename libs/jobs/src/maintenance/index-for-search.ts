import { indexWords, type Postgres } from '@turno/postgres';
import { type Log, repeat } from '@turno/runtime';

const rowsMax = 250;

/** Gathers, behind the submits, the words that jobs are found by. Any number of processes may do so at once. */
export function indexForSearch(
  { sql, log }: { sql: Postgres['sql']; log: Log },
  everyMs: number,
): ReturnType<typeof repeat> {
  return repeat(log, { task: 'index-for-search', everyMs }, async () => {
    while ((await indexWords(sql, rowsMax)) === rowsMax);
  });
}
