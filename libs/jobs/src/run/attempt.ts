import type { CatalogueEntry } from '@turno/kinds';
import type { LogLines } from './record-log-lines.ts';

/** One attempt of a job as the worker's runners see it. */
export interface AttemptTask {
  jobId: string;
  tenantId: string;
  /** Which hand-over this is. What the attempt leaves anywhere else bears it, so that a late one overwrites nothing. */
  ticket: number;
  entry: CatalogueEntry;
  input: unknown;
  /** 1 for the first attempt of this run. */
  attempt: number;
  /** Of the request that submitted the job. */
  traceparent: string | null;
  /** Aborts on timeout, cancel, lost ticket and shutdown. A runner settles soon after, whatever the handler does. */
  signal: AbortSignal;
  onProgress(percent: number, message: string | null): void;
  /** What the handler logs, for whoever follows the job. */
  lines: Pick<LogLines, 'info' | 'warn'>;
}

/**
 * How an attempt ended. An output `isInFile` stands in a file of the attempt and not here. `permanent` failures are not tried again,
 * `retryAfterMs` asks for a later next try. A `stack` is for the log alone.
 */
export type AttemptResult =
  | { ok: true; output: unknown; isInFile?: boolean }
  | { ok: false; code: string; message: string; permanent: boolean; retryAfterMs?: number; stack?: string };

export type ExecuteAttempt = (task: AttemptTask) => Promise<AttemptResult>;
