import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

export interface LoopWatch {
  stop(): Promise<void>;
}

/** The data of the watching thread. */
export interface WatchTask {
  /** A counter that the watched loop increments. */
  beats: SharedArrayBuffer;
  checkEveryMs: number;
  /** The number of checks without a beat, in a row, after which the process is killed. */
  checksMax: number;
}

const checksMax = 10;

/**
 * Starts the watchdog of the event loop.
 * It writes a log line and ends the process by SIGVTALRM when a handler has blocked the loop for `blockedMsMax`: no
 * other code of the process could run then, not even a timeout. A thread of its own watches. It counts its own checks
 * instead of reading a clock, so that a process that was frozen as a whole is not killed afterwards. It subtracts the
 * time in which the loop had no core, so that short work on a busy machine does not count as a block.
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
