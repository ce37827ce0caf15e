import { isFinal, type JobState } from '@turno/contract';
import type { JobSignals } from '@turno/redis';
import { createWakeup } from '../dispatch/wakeup.ts';
import type { JobView } from '../read/job-view.ts';
import type { JobReader } from '../read/read-job.ts';
import type { VersionPolls } from './poll-versions.ts';

/** What a waiter waits for: the end, or any other state (or run) than the one it knows. */
export type WaitUntil = 'final' | { notState: JobState; run: number };

export interface WaitOptions {
  tenantId: string;
  jobId: string;
  until: WaitUntil;
  timeoutMs: number;
  /** The caller is gone, or the process stops: answers with what is known at once. */
  signal: AbortSignal;
}

export interface JobWaiters {
  /** Resolves when it has come true, or at the timeout with the job as it is then. Undefined: there is no such job. */
  wait(options: WaitOptions): Promise<JobView | undefined>;
}

export interface WaiterDeps {
  reader: Pick<JobReader, 'read'>;
  signals: JobSignals;
  versionPolls: VersionPolls;
}

/** Subscribe, then read, then wait: a change between the read and the wait cannot be missed. */
export function createJobWaiters(deps: WaiterDeps): JobWaiters {
  return { wait: (options) => waitFor(deps, options) };
}

async function waitFor(
  { reader, signals, versionPolls }: WaiterDeps,
  { tenantId, jobId, until, timeoutMs, signal }: WaitOptions,
): Promise<JobView | undefined> {
  const bell = createWakeup();
  const timer = setTimeout(bell.end, timeoutMs);
  signal.addEventListener('abort', bell.end);
  let known = 0;
  const stopVersionPolls = versionPolls.add({ tenantId, jobId, known: () => known, ring: bell.ring });
  const stopListening = await signals.subscribe(jobId, (what) => what === 'change' && bell.ring());
  try {
    for (;;) {
      const view = await reader.read(tenantId, jobId);
      if (view === undefined || isMet(until, view) || signal.aborted || bell.ended()) return view;
      known = view.version;
      await bell.rung();
    }
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', bell.end);
    stopVersionPolls();
    stopListening();
  }
}

function isMet(until: WaitUntil, view: JobView): boolean {
  if (isFinal(view.state)) return true;
  return until !== 'final' && (view.state !== until.notState || view.run !== until.run);
}
