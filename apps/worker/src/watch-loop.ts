import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

export interface LoopWatch {
  stop(): Promise<void>;
}

/** What the thread is given. */
export interface WatchTask {
  /** One counter, raised by the watched loop. */
  beats: SharedArrayBuffer;
  checkEveryMs: number;
  /** Checks in a row without a beat after which the process is ended. */
  checksMax: number;
}

const checksMax = 10;

/**
 * Ends this process, by SIGVTALRM and after a line in the log, when a handler has blocked its event loop for `blockedMsMax`: nothing else
 * in here could run any more, not even a time limit. A thread of its own watches. It counts its own checks instead of looking at
 * a clock, so that a process which was frozen as a whole is not ended when it thaws, and leaves out the time in which the loop had no core
 * to run on, so that what is short work on a machine of its own is not a block on a busy one.
 */
export async function watchLoop(blockedMsMax: number): Promise<LoopWatch> {
  const beats = new SharedArrayBuffer(4);
  const counter = new Int32Array(beats);
  const checkEveryMs = blockedMsMax / checksMax;
  const beating = setInterval(() => Atomics.add(counter, 0, 1), checkEveryMs / 2);
  beating.unref();
  const workerData: WatchTask = { beats, checkEveryMs, checksMax };
  const thread = new Worker(new URL('watch-loop-thread.js', import.meta.url), { workerData, env: {} });
  await once(thread, 'online');
  thread.unref();
  return {
    async stop() {
      clearInterval(beating);
      await thread.terminate();
    },
  };
}
