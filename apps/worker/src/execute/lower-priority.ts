import type { ChildProcess } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { hasEnded } from './spawn-child.ts';

/**
 * CPU work yields to the API, the stores and the worker's own loop. Beside four endless loops on four cores a timer came 10 ms late at worst
 * with 10 as with 19, and 119 ms with 5. With 19 a machine that is busy otherwise would hardly run it at all.
 */
const niceness = 10;

/**
 * To be called before a child is given work: its start is ours and short, and with a tenth of a busy machine would take many seconds. Linux
 * has a priority for each thread, which those that come later take from the one that makes them.
 */
export function lowerPriority(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined || hasEnded(child)) return;
  for (const thread of [pid, ...threadsOf(pid)]) {
    try {
      setPriority(thread, niceness);
    } catch {
      // it may be gone already
    }
  }
  void lowerSession(child, pid);
}

function threadsOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number);
  } catch {
    return []; // not Linux, or gone
  }
}

/** The kernel takes one such change in 100 ms from all accounts but root. */
const againAfterMs = 110;

/**
 * Where no control group shares out the processor, Linux shares it between sessions before it looks at their threads, and a child is a
 * session: without this its priority would hold against nobody else (sched(7), "The autogroup feature").
 */
async function lowerSession(child: ChildProcess, pid: number): Promise<void> {
  while (!hasEnded(child)) {
    try {
      return writeFileSync(`/proc/${pid}/autogroup`, String(niceness));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return; // a system that knows no such groups
      await setTimeout(againAfterMs, undefined, { ref: false });
    }
  }
}
