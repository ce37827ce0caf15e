import { type Postgres, type ProgressNote, recordProgress } from '@turno/postgres';
import type { Log } from '@turno/runtime';
import type { Publish } from '../finish/publish-changes.ts';

export interface ProgressRecorder {
  /** Keeps the latest word on this attempt; it is written with others', a little later. */
  note(note: ProgressNote): void;
  close(): void;
}

const writeEveryMs = 500;

export interface ProgressDeps {
  sql: Postgres['sql'];
  log: Log;
  publishProgress: Publish;
}

/** Writes the latest progress of all running attempts by one statement, twice a second at most, and tells it. */
export function createProgressRecorder({ sql, log, publishProgress }: ProgressDeps): ProgressRecorder {
  const latest = new Map<string, ProgressNote>();
  const timer = setInterval(() => {
    if (latest.size === 0) return;
    const notes = [...latest.values()];
    latest.clear();
    recordProgress(sql, notes).then(
      (jobs) => jobs.forEach(publishProgress),
      (error: unknown) => log.debug({ err: error }, 'progress not noted'),
    );
  }, writeEveryMs);
  return {
    note: (note) => void latest.set(note.claim, note),
    close: () => clearInterval(timer),
  };
}
