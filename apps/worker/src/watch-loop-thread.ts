import { readFileSync, writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import type { WatchTask } from './watch-loop.ts';

/** The thread that watches the event loop of its process. What it says must not pass through that loop. */

const { beats, checkEveryMs, checksMax } = workerData as WatchTask;
const counter = new Int32Array(beats);
let seen = -1;
let silent = 0;
let waitedBefore = 0;

/** How long the watched thread has been held up by a machine that is busy otherwise. Nothing where the system does not say. */
function waitedMs(): number {
  try {
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[1]) / 1e6;
  } catch {
    return 0;
  }
}

setInterval(() => {
  const beat = Atomics.load(counter, 0);
  silent = beat === seen ? silent + 1 : 0;
  seen = beat;
  if (silent === 0) waitedBefore = waitedMs();
  // Half a check is a margin: some waiting there always is.
  if (silent * checkEveryMs - (waitedMs() - waitedBefore) < (checksMax - 0.5) * checkEveryMs) return;
  const msg = `a handler has blocked the event loop for ${(checksMax * checkEveryMs) / 1_000} s, ending this process`;
  const line = { level: 60, time: Date.now(), pid: process.pid, name: 'worker', msg };
  try {
    writeSync(1, `${JSON.stringify(line)}\n`);
  } finally {
    process.kill(process.pid, 'SIGVTALRM'); // ends it without help from the loop, and is used for nothing else
  }
}, checkEveryMs);
