import type { InsertedJob, NewJob } from './insert-jobs.ts';

/** The jobs of one request: all of them are inserted, or none. */
export interface Submission {
  tenantId: string;
  /** At least one; the id of the first job identifies the submission. */
  jobs: readonly NewJob[];
  /** Null: every repeat of the request is a new request. */
  key: RequestKey | null;
  /** Only of a submission whose one job others may reuse. */
  reusable?: NewReusableResult;
}

/** An idempotency key. */
export interface RequestKey {
  text: string;
  /** Hexadecimal SHA-256 of what must be the same in a repeat. */
  requestSha256: string;
}

export interface NewReusableResult {
  /** Hexadecimal SHA-256 of what makes work identical. */
  workSha256: string;
  /** The job of the reusable result that the submit found, which must still be its job; null: there was none. */
  replaces: string | null;
  /** A completed job, which stays reusable until the new one completes. */
  earlierJobId: string | null;
}

/**
 * `replayed`: an earlier request with this key made these jobs. `mismatched`: it was another request. `conflict`:
 * another submit has just inserted a job for the same work; nothing was written.
 */
export type Submitted =
  | { outcome: 'inserted'; jobs: InsertedJob[] }
  | { outcome: 'replayed'; jobIds: string[] }
  | { outcome: 'mismatched' }
  | { outcome: 'conflict' };

/** The result of a request whose key another request has. */
export type Taken = Extract<Submitted, { outcome: 'replayed' | 'mismatched' }>;

/** Returns the id that identifies a submission. */
export function idOf({ jobs }: Submission): string {
  return jobs[0]?.id ?? '';
}
