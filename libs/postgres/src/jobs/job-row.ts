import type { JobState } from '@turno/contract';
import { toRfc3339 } from '../connection/timestamps.ts';

/** A failure as stored: JSON text of the contract's JobError. */
export type ErrorJson = { code: string; message: string; attempt: number };

/** A job's row with what is needed to show it. Times are RFC 3339; `input`, `output` and `metadata` are JSON text. */
export interface JobRow {
  id: string;
  tenantId: string;
  kind: string;
  kindVersion: number;
  state: JobState;
  priority: number;
  run: number;
  tries: number;
  maxAttempts: number;
  version: number;
  progressPercent: number | null;
  progressMessage: string | null;
  error: ErrorJson | null;
  tags: string[];
  createdAt: string;
  runAt: string;
  startedAt: string | null;
  finishedAt: string | null;
  /** null when over the inline limit. */
  input: string | null;
  /** null when there is none or when over the inline limit. */
  output: string | null;
  metadata: string;
  /** Attempts before the latest, oldest first. */
  earlierAttempts: EarlierAttempt[];
}

export interface EarlierAttempt {
  run: number;
  number: number;
  startedAt: string;
  finishedAt: string;
  outcome: 'completed' | 'failed' | 'cancelled' | 'retrying' | 'handed-back' | 'worker-lost';
  error: ErrorJson | null;
}

/** The same as Postgres gives it: times in its own text. */
export type FrozenJob = Omit<JobRow, 'earlierAttempts'> & { earlierAttempts: EarlierAttempt[] | null };

export function toJobRow(row: FrozenJob): JobRow {
  return {
    ...row,
    createdAt: toRfc3339(row.createdAt),
    runAt: toRfc3339(row.runAt),
    startedAt: toRfc3339(row.startedAt),
    finishedAt: toRfc3339(row.finishedAt),
    earlierAttempts: (row.earlierAttempts ?? []).map((attempt) => ({
      ...attempt,
      startedAt: toRfc3339(attempt.startedAt),
      finishedAt: toRfc3339(attempt.finishedAt),
    })),
  };
}
