import { type Postgres, type ProgressNote, recordProgress } from '@turno/postgres';
import type { Log } from '@turno/runtime';
import type { Publish } from '../follow/publish-changes.ts';

export interface ProgressRecorder {
  /** Records the latest progress of an attempt, which replaces an earlier one that was not written yet. */
  record(progress: ProgressNote): void;
  close(): void;
}

const writeEveryMs = 500;

export interface ProgressDeps {
  sql: Postgres['sql'];
  log: Log;
  publishProgress: Publish;
}

/**
 * Creates the recorder that writes the latest progress of all running attempts and publishes it.
 * It uses one statement, twice a second at most. Progress that cannot be written is dropped.
 */
export function createProgressRecorder({ sql, log, publishProgress }: ProgressDeps): ProgressRecorder {
  const latest = new Map<string, ProgressNote>();
  let timer: NodeJS.Timeout | undefined;
  const write = () => {
    timer = undefined;
    const batch = [...latest.values()];
    latest.clear();
    recordProgress(sql, batch).then(
      (jobs) => jobs.forEach(publishProgress),
      (error: unknown) => log.debug({ err: error, attempts: batch.length }, 'progress could not be written'),
    );
  };
  return {
    record(progress) {
      latest.set(progress.claim, progress);
      timer ??= setTimeout(write, writeEveryMs);
    },
    close: () => clearTimeout(timer),
  };
}
