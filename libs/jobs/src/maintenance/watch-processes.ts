import { countProcesses, type Postgres, withStatementTimeout } from '@turno/postgres';
import { type Log, repeat } from '@turno/runtime';

export interface ProcessCount {
  /** Returns the number of processes, at least 1, since this process is one. */
  now(): number;
  stop(): Promise<void>;
}

/** The limits use the count while Redis is away and when it is back. */
const countEveryMs = { used: 2_000, unused: 10_000 };
const timeoutMs = 1_500;
/** A process that reconnects is missing for a moment, so the largest of this many counts holds. */
const countsMax = 3;

/**
 * Counts the processes whose connections to Postgres have names that begin with `nameStart`.
 * A new process is counted within about two seconds, and one that ended for about six more; while nothing uses the
 * count, within five times as long. While Postgres is away the last counts hold.
 */
export async function watchProcesses(
  { sql, log }: { sql: Postgres['sql']; log: Log },
  nameStart: string,
): Promise<ProcessCount> {
  const count = () => withStatementTimeout(timeoutMs, countProcesses(sql, nameStart));
  let counts = [await count()];
  let countedAtMs = performance.now();
  const counting = repeat(log, { task: 'watch-processes', everyMs: countEveryMs.unused }, async () => {
    countedAtMs = performance.now();
    counts = [...counts, await count()].slice(-countsMax);
  });
  return {
    now() {
      if (performance.now() - countedAtMs >= countEveryMs.used) counting.soon();
      return Math.max(1, ...counts);
    },
    stop: () => counting.stop(),
  };
}
