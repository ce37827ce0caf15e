import { readFileSync, writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import type { WatchTask } from './watch-loop.ts';

/**
 * The thread that watches the event loop of its process.
 * It writes its log line itself: the loop is blocked.
 */

const { beats, checkEveryMs, checksMax } = workerData as WatchTask;
const counter = new Int32Array(beats);
let seen = -1;
let missedBeats = 0;
let coreWaitBefore = 0;

/**
 * Returns how long the watched thread has waited for a core.
 * Returns 0 where the system does not count that.
 */
function coreWaitMs(): number {
  try {
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[1]) / 1e6;
  } catch {
    return 0;
  }
}

setInterval(() => {
  const beat = Atomics.load(counter, 0);
  missedBeats = beat === seen ? missedBeats + 1 : 0;
  seen = beat;
  if (missedBeats === 0) coreWaitBefore = coreWaitMs();
  // Half a check is a margin: there is always some waiting.
  if (missedBeats * checkEveryMs - (coreWaitMs() - coreWaitBefore) < (checksMax - 0.5) * checkEveryMs) return;
  const msg = `a handler has blocked the event loop for ${(checksMax * checkEveryMs) / 1_000} s; the process is killed`;
  const line = { level: 60, time: Date.now(), pid: process.pid, name: 'worker', msg };
  try {
    writeSync(1, `${JSON.stringify(line)}\n`);
  } finally {
    process.kill(process.pid, 'SIGVTALRM'); // ends the process without its loop, and has no other use here
  }
}, checkEveryMs);
