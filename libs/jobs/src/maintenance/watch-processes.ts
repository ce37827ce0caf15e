import { countProcesses, type Postgres, withStatementTimeout } from '@turno/postgres';
import { type Log, repeat } from '@turno/runtime';

export interface ProcessCount {
  /** Returns the number of processes, at least 1, since this process is one. */
  now(): number;
  stop(): Promise<void>;
}

const countEveryMs = 2_000;
const timeoutMs = 1_500;
/** A process that reconnects is missing for a moment, so the largest of this many counts holds. */
const countsMax = 3;

/**
 * Counts the processes whose connections to Postgres have names that begin with `nameStart`.
 * A new process is counted within about two seconds, and one that ended for about six more. While Postgres is away
 * the last counts hold.
 */
export async function watchProcesses(
  { sql, log }: { sql: Postgres['sql']; log: Log },
  nameStart: string,
): Promise<ProcessCount> {
  const count = () => withStatementTimeout(timeoutMs, countProcesses(sql, nameStart));
  let counts = [await count()];
  const counting = repeat(log, { task: 'watch-processes', everyMs: countEveryMs }, async () => {
    counts = [...counts, await count()].slice(-countsMax);
  });
  return { now: () => Math.max(1, ...counts), stop: () => counting.stop() };
}
