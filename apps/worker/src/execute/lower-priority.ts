import type { ChildProcess } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { hasEnded } from './spawn-child.ts';

/**
 * CPU work yields to the API, the stores and the worker's own event loop.
 * Measured beside four endless loops on four cores: a timer was at most 10 ms late with 10 and with 19, and 119 ms with
 * 5. With 19 a machine that is busy with other programs would hardly run the work.
 */
const niceness = 10;

/**
 * Lowers the priority of a started child.
 * Call it after the start, which is short and would take many seconds with a tenth of a busy machine. Linux has a
 * priority per thread; a new thread inherits that of its creator.
 */
export function lowerPriority(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined || hasEnded(child)) return;
  for (const thread of [pid, ...threadsOf(pid)]) {
    try {
      setPriority(thread, niceness);
    } catch {
      // the thread may be gone already
    }
  }
  void lowerSession(child, pid);
}

function threadsOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number);
  } catch {
    return []; // not Linux, or the process is gone
  }
}

/** The kernel accepts one such change per 100 ms from all users but root. */
const retryAfterMs = 110;

/**
 * Lowers the priority of the child's session.
 * Without control groups Linux divides the processor between sessions before threads, and each child is a session: the
 * priority of its threads alone would have no effect on other sessions (sched(7), "The autogroup feature").
 */
async function lowerSession(child: ChildProcess, pid: number): Promise<void> {
  while (!hasEnded(child)) {
    try {
      return writeFileSync(`/proc/${pid}/autogroup`, String(niceness));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return; // a system without autogroups
      await setTimeout(retryAfterMs, undefined, { ref: false });
    }
  }
}
