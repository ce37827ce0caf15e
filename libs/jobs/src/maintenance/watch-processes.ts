import { withStatementTimeout, countProcesses, type Postgres } from '@turno/postgres';
import { type Log, repeat } from '@turno/runtime';

export interface ProcessWatch {
  /** At least 1: whoever asks is one. */
  now(): number;
  stop(): Promise<void>;
}

const lookEveryMs = 2_000;
const answerWithinMs = 1_500;
/** A process that connects anew is missing for a moment; the most of this many looks counts. */
const looks = 3;

/**
 * Keeps in memory how many processes are connected to Postgres under names that begin like this. One that came is counted within
 * about two seconds, one that went is for some six; while Postgres is away the last known number holds.
 */
export async function watchProcesses(
  { sql, log }: { sql: Postgres['sql']; log: Log },
  nameStart: string,
): Promise<ProcessWatch> {
  const count = () => withStatementTimeout(answerWithinMs, countProcesses(sql, nameStart));
  let seen = [await count()];
  const looking = repeat(log, { task: 'count-processes', everyMs: lookEveryMs }, async () => {
    seen = [...seen, await count()].slice(-looks);
  });
  return { now: () => Math.max(1, ...seen), stop: () => looking.stop() };
}
