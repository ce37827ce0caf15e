import { isFinal, type JobState } from '@turno/contract';
import type { JobSignals } from '@turno/redis';
import type { JobView } from '../read/job-view.ts';
import type { JobReader } from '../read/read-job.ts';
import type { VersionPolls } from './poll-versions.ts';
import { createWakeup } from './wakeup.ts';

/** The end of a wait: a final state, or any state or run other than the given one. */
export type WaitUntil = 'final' | { notState: JobState; run: number };

export interface WaitOptions {
  tenantId: string;
  jobId: string;
  until: WaitUntil;
  timeoutMs: number;
  /** Aborts when the client is gone or the process stops: the wait returns the job as it is known. */
  signal: AbortSignal;
  /** The job as its submit was accepted. Without a lost signal it is not read again. */
  accepted?: AcceptedJob | undefined;
}

export interface AcceptedJob {
  view: JobView;
  /** A time before its commit, of `performance.now()`. */
  submittedAtMs: number;
}

export interface JobWaiters {
  /**
   * Waits until the condition is met or the timeout ends, and returns the job as it is then.
   * Undefined: no such job.
   */
  wait(options: WaitOptions): Promise<JobView | undefined>;
}

export interface WaiterDeps {
  reader: Pick<JobReader, 'read' | 'remember'>;
  signals: JobSignals;
  versionPolls: VersionPolls;
}

/**
 * Creates the long poll for jobs.
 * It subscribes before it reads, so no change between the two is missed.
 */
export function createJobWaiters(deps: WaiterDeps): JobWaiters {
  return { wait: (options) => waitForJob(deps, options) };
}

async function waitForJob(
  { reader, signals, versionPolls }: WaiterDeps,
  { tenantId, jobId, until, timeoutMs, signal, accepted }: WaitOptions,
): Promise<JobView | undefined> {
  const wakeup = createWakeup();
  const timer = setTimeout(wakeup.end, timeoutMs);
  signal.addEventListener('abort', wakeup.end);
  let version = 0;
  let ended: JobView | undefined;
  const stopPolling = versionPolls.add({ tenantId, jobId, known: () => version, onChange: wakeup.wake });
  const subscription = signals.subscribe(jobId, ({ kind, end }) => {
    if (kind === 'more' || (kind === 'unfinished' && until === 'final')) return;
    if (end !== undefined) ended = accepted?.view.atEnd?.(end);
    if (ended !== undefined) reader.remember(tenantId, ended);
    wakeup.wake();
  });
  try {
    if (accepted !== undefined && subscription.isCompleteSince(accepted.submittedAtMs)) {
      version = accepted.view.version;
      await wakeup.wait();
    } else {
      await subscription.confirmed;
    }
    for (;;) {
      const view = ended ?? (await reader.read(tenantId, jobId));
      if (view === undefined || isMet(until, view) || signal.aborted || wakeup.ended()) return view;
      version = view.version;
      await wakeup.wait();
    }
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', wakeup.end);
    stopPolling();
    subscription.stop();
  }
}

function isMet(until: WaitUntil, view: JobView): boolean {
  if (isFinal(view.state)) return true;
  return until !== 'final' && (view.state !== until.notState || view.run !== until.run);
}
