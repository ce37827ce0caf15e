import { type Pauses, type Postgres, readPauses } from '@turno/postgres';
import { type Log, repeat } from '@turno/runtime';

export interface PauseWatch {
  /** Returns the paused queues and kinds, at most a second old. */
  now(): Pauses;
  stop(): Promise<void>;
}

const readEveryMs = 1_000;

/** Reads the paused queues and kinds every second. While Postgres is away the last known pauses hold. */
export async function watchPauses({ sql, log }: { sql: Postgres['sql']; log: Log }): Promise<PauseWatch> {
  let pauses = await readPauses(sql);
  const reading = repeat(log, { task: 'read-pauses', everyMs: readEveryMs }, async () => {
    pauses = await readPauses(sql);
  });
  return { now: () => pauses, stop: () => reading.stop() };
}
