import { isFinal, type JobState } from '@turno/contract';
import type { JobListener } from '@turno/redis';
import type { JobView } from './job-view.ts';
import type { JobReader } from './read-job.ts';

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
  close(): void;
}

const rereadEveryMs = 2_000;

/**
 * Subscribe, then read, then wait: a change between the read and the wait cannot be missed. Signals may be lost with
 * Redis, so all that is waited for is also read again every two seconds, by one statement.
 */
export function createJobWaiters(deps: { reader: JobReader; listener: JobListener }): JobWaiters {
  const rechecks = new Set<() => void>();
  const timer = setInterval(() => {
    for (const recheck of rechecks) recheck();
  }, rereadEveryMs);
  return {
    wait: (options) => waitFor(deps, rechecks, options),
    close: () => clearInterval(timer),
  };
}

async function waitFor(
  { reader, listener }: { reader: JobReader; listener: JobListener },
  rechecks: Set<() => void>,
  { tenantId, jobId, until, timeoutMs, signal }: WaitOptions,
): Promise<JobView | undefined> {
  const wake = createWake();
  const timer = setTimeout(wake.end, timeoutMs);
  signal.addEventListener('abort', wake.end);
  rechecks.add(wake.ring);
  const stopListening = await listener.listen(jobId, wake.ring);
  try {
    for (;;) {
      const view = await reader.read(tenantId, jobId);
      if (view === undefined || isMet(until, view) || signal.aborted || wake.ended()) return view;
      await wake.rung();
    }
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', wake.end);
    rechecks.delete(wake.ring);
    stopListening();
  }
}

function isMet(until: WaitUntil, view: JobView): boolean {
  if (isFinal(view.state)) return true;
  return until !== 'final' && (view.state !== until.notState || view.run !== until.run);
}

/** A bell that remembers one ring, so that a signal during a read is not missed. */
function createWake() {
  let pending = false;
  let over = false;
  let waiting: (() => void) | undefined;
  const ring = () => {
    pending = true;
    waiting?.();
  };
  return {
    ring,
    end: () => {
      over = true;
      ring();
    },
    ended: () => over,
    rung: () =>
      new Promise<void>((resolve) => {
        waiting = () => {
          pending = false;
          resolve();
        };
        if (pending) waiting();
      }),
  };
}
