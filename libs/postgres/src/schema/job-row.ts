import { toRfc3339 } from '../connection/index.ts';
import type { ErrorJson, jobs, shownJobColumns } from './tables.ts';

type ShownColumns = Pick<typeof jobs.$inferSelect, (typeof shownJobColumns)[number]>;

/** A job's row with all that its view needs. Times are RFC 3339; `input`, `output` and `metadata` are JSON text. */
export interface JobRow extends ShownColumns {
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

/** A JobRow as a statement returns it: times in Postgres' own text. */
export type FrozenJob = Omit<JobRow, 'earlierAttempts'> & { earlierAttempts: EarlierAttempt[] | null };

/** Renders the times of a job as RFC 3339. */
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
