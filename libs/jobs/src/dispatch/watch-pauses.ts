import { type Pauses, type Postgres, readPauses } from '@turno/postgres';
import { type Log, repeat } from '@turno/runtime';

export interface PauseWatch {
  /** What is paused, at most a second old. */
  now(): Pauses;
  stop(): Promise<void>;
}

const lookEveryMs = 1_000;

/** Keeps in memory which queues and kinds are paused. While Postgres is away the last known pauses hold. */
export async function watchPauses({ sql, log }: { sql: Postgres['sql']; log: Log }): Promise<PauseWatch> {
  let pauses = await readPauses(sql);
  const looking = repeat(log, { task: 'read-pauses', everyMs: lookEveryMs }, async () => {
    pauses = await readPauses(sql);
  });
  return { now: () => pauses, stop: () => looking.stop() };
}
