import type { Job } from '@turno/contract';
import { pause, pauseWhenBusy } from './pause.ts';
import type { Call } from './request.ts';

export interface WaitOptions {
  signal?: AbortSignal;
  /** Called for every change that a look at the job shows. */
  onChange?(job: Job): void;
  /** Milliseconds between two looks. 0, the default, waits on the server, which tells of new states but not of progress. */
  lookEveryMs?: number;
}

/** As long as one request is held open by the server. */
export const waitSeconds = 30;

/** Looks at a job until it is final. */
export async function waitForJob(
  look: (call: Call) => Promise<Job>,
  { signal, onChange, lookEveryMs = 0 }: WaitOptions,
): Promise<Job> {
  const headers: Record<string, string> = lookEveryMs > 0 ? {} : { prefer: `wait=${waitSeconds}` };
  let shown = '';
  for (;;) {
    signal?.throwIfAborted();
    const job = await look({ headers, signal }).catch((error: unknown) => pauseWhenBusy(error, signal));
    if (job && JSON.stringify(job) !== shown) onChange?.(job);
    if (job?.finishedAt) return job;
    if (job) shown = JSON.stringify(job);
    await pause(lookEveryMs, signal);
  }
}
