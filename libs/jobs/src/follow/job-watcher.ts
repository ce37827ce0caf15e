import type { JobKey } from '@turno/postgres';
import type { JobSignals } from '@turno/redis';
import type { EventPosition } from './event-position.ts';
import type { VersionPolls } from './poll-versions.ts';
import { createWakeup } from './wakeup.ts';

/** Collects what a follower of a job has to do next, and waits until there is something. */
export interface JobWatcher {
  /** Requests a read of the job from Postgres and wakes the follower. */
  requestRead(): void;
  /**
   * Requests it again after Postgres did not answer.
   * The next version poll that succeeds wakes the follower.
   */
  requestReadLater(): void;
  /** Returns whether a read is due, and clears it. */
  takeRead(): boolean;
  /** Returns whether a change was signalled, and clears it. */
  takeChange(): boolean;
  /** Returns whether the stream's expiry must be extended, and clears it. */
  takeExtend(): boolean;
  wait(): Promise<void>;
  /** True once the follower's signal has aborted. */
  ended(): boolean;
  stop(): void;
}

const extendEveryMs = 5_000;

/** Starts watching a job by signals, version polls and a timer. The first read is due at once. */
export async function watchJob(
  { signals, versionPolls }: { signals: JobSignals; versionPolls: VersionPolls },
  key: JobKey,
  { position, signal }: { position: EventPosition; signal: AbortSignal },
): Promise<JobWatcher> {
  const wakeup = createWakeup();
  const due = { read: true, change: false, extend: false };
  const request = (what: keyof typeof due) => {
    due[what] = true;
    wakeup.wake();
  };
  const take = (what: keyof typeof due) => {
    const was = due[what];
    due[what] = false;
    return was;
  };
  signal.addEventListener('abort', wakeup.end);
  if (signal.aborted) wakeup.end();
  const timer = setInterval(request, extendEveryMs, 'extend');
  // While a read is due no version counts as known, so the next answer of Postgres wakes the follower.
  const known = () => (due.read ? -1 : position.version);
  const stopPolling = versionPolls.add({ ...key, known, onChange: () => request('read') });
  const subscription = signals.subscribe(key.jobId, ({ kind }) =>
    kind === 'more' ? wakeup.wake() : request('change'),
  );
  await subscription.confirmed;
  return {
    requestRead: () => request('read'),
    requestReadLater: () => void (due.read = true),
    takeRead: () => take('read'),
    takeChange: () => take('change'),
    takeExtend: () => take('extend'),
    wait: () => wakeup.wait(),
    ended: () => wakeup.ended(),
    stop() {
      clearInterval(timer);
      signal.removeEventListener('abort', wakeup.end);
      stopPolling();
      subscription.stop();
    },
  };
}
