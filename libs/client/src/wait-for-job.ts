import type { Job } from '@turno/contract';
import { pause, pauseWhenBusy } from './pause.ts';
import type { Call } from './request.ts';

export interface WaitOptions {
  signal?: AbortSignal;
  /** Called for each change that a read of the job shows. */
  onChange?(job: Job): void;
  /** Milliseconds between two reads. 0, the default, uses long polls, which show new states but no progress. */
  pollEveryMs?: number;
}

/** The seconds of one long poll. */
export const waitSeconds = 30;

/** Reads a job until it is final. */
export async function waitForJob(
  read: (call: Call) => Promise<Job>,
  { signal, onChange, pollEveryMs = 0 }: WaitOptions,
): Promise<Job> {
  const headers: Record<string, string> = pollEveryMs > 0 ? {} : { prefer: `wait=${waitSeconds}` };
  let shown = '';
  for (;;) {
    signal?.throwIfAborted();
    const job = await read({ headers, signal }).catch((error: unknown) => pauseWhenBusy(error, signal));
    if (job && JSON.stringify(job) !== shown) onChange?.(job);
    if (job?.finishedAt) return job;
    if (job) shown = JSON.stringify(job);
    await pause(pollEveryMs, signal);
  }
}
