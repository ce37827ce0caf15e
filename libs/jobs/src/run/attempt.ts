import type { CatalogueEntry } from '@turno/kinds';
import type { LogLines } from './record-log-lines.ts';

/** One attempt of a job, as the worker's runners receive it. */
export interface AttemptTask {
  jobId: string;
  tenantId: string;
  /**
   * The fencing token of this hand-over.
   * Anything the attempt stores elsewhere carries it, so a late attempt overwrites nothing.
   */
  ticket: number;
  entry: CatalogueEntry;
  input: unknown;
  /** 1 for the first attempt of this run. */
  attempt: number;
  /** The W3C `traceparent` of the request that submitted the job. */
  traceparent: string | null;
  /**
   * Aborts on timeout, cancel, lost ticket and shutdown.
   * A runner settles soon after, whatever the handler does.
   */
  signal: AbortSignal;
  onProgress(percent: number, message: string | null): void;
  /** Log lines of the handler, for the followers of the job. */
  lines: Pick<LogLines, 'info' | 'warn'>;
}

/**
 * The result of an attempt.
 * With `isInFile` the output is in a file of the attempt, and `output` is not used. A `permanent` failure is not
 * retried; `retryAfterMs` is the shortest delay before the next attempt. A `stack` goes only to the log.
 */
export type AttemptResult =
  | { ok: true; output: unknown; isInFile?: boolean }
  | { ok: false; code: string; message: string; permanent: boolean; retryAfterMs?: number; stack?: string };

/** Returns the job for another attempt. It is not an end of the work, and the attempt is not counted. */
export interface HandBack {
  /** The reason. */
  handBack: string;
  delayMs: number;
}

/** Without a delay: this worker cannot run the job, and offers it to others after a delay that grows. */
export type WantedHandBack = Pick<HandBack, 'handBack'> & Partial<HandBack>;

export type ExecuteAttempt = (task: AttemptTask) => Promise<AttemptResult | WantedHandBack>;
