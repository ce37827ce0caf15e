import type { InsertedJob, NewJob } from './insert-jobs.ts';

/** The jobs of one request: all of them are made, or none. */
export interface Submission {
  tenantId: string;
  /** At least one; the first one's id stands for the submission. */
  jobs: readonly NewJob[];
  /** Null: every repeat of the request is a new one. */
  key: RequestKey | null;
  /** Of a submission whose one job others may join. */
  memo?: NewReusableResult;
}

/** What makes the repeat of a request known. */
export interface RequestKey {
  text: string;
  /** Hexadecimal, of what must be the same in a repeat. */
  requestSha256: string;
}

export interface NewReusableResult {
  /** Hexadecimal, of what makes work identical. */
  workSha256: string;
  /** The job that the memo was found with, which must still be its job; null: there was no memo. */
  replaces: string | null;
  /** A completed job, to be kept beside the new one. */
  keeps: string | null;
}

/**
 * `replayed`: an earlier request with this key made these jobs. `mismatched`: it was another request. `beaten`: somebody else
 * has just made a job for the same work; nothing was written.
 */
export type Submitted =
  | { outcome: 'inserted'; jobs: InsertedJob[] }
  | { outcome: 'replayed'; jobIds: string[] }
  | { outcome: 'mismatched' }
  | { outcome: 'beaten' };

/** A request whose key was taken before. */
export type Taken = Extract<Submitted, { outcome: 'replayed' | 'mismatched' }>;

export function idOf({ jobs }: Submission): string {
  return jobs[0]?.id ?? '';
}
