import { readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Returns the start time of a process, which distinguishes it from a later process with the same pid.
 * Returns undefined when there is no such process or only a zombie. Without /proc the result only says that the process
 * is alive.
 */
export function startTimeOf(pid: number): string | undefined {
  if (process.platform !== 'linux') return isSignalled(pid, 0) ? 'alive' : undefined;
  const stat = readProc(pid, 'stat');
  // proc(5): the second field is the name in parentheses and may contain spaces and parentheses itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, startTime] = [fields[0], fields[19]];
  return state === 'Z' || state === 'X' ? undefined : startTime || undefined;
}

/** Returns the parent's pid; undefined when there is no such process or no /proc. */
export function parentOf(pid: number): number | undefined {
  const stat = readProc(pid, 'stat');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) || undefined;
}

/** Returns the words of a process's command line; empty when there is no such process or no /proc. */
export function commandLineOf(pid: number): string[] {
  return readProc(pid, 'cmdline').split('\0').filter(Boolean);
}

/** Returns true when the process was started with this environment variable. */
export function hasInEnvironment(pid: number, name: string, value: string): boolean {
  return readProc(pid, 'environ').split('\0').includes(`${name}=${value}`);
}

/** Returns true when the process runs in this folder. */
export function hasWorkingDirectory(pid: number, folder: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === folder;
  } catch {
    return false;
  }
}

/** Sends the signals one after the other until the process is gone, `stepMs` apart. A reused pid gets no signal. */
export async function endProcess(pid: number, signals: readonly NodeJS.Signals[], stepMs: number): Promise<void> {
  const startTime = startTimeOf(pid);
  for (const signal of signals) {
    if (startTime === undefined || startTimeOf(pid) !== startTime) return;
    isSignalled(pid, signal);
    await waitUntilGone(pid, startTime, stepMs);
  }
}

/** Waits until the process with this start time is gone. Returns false when it still runs after the timeout. */
export async function waitUntilGone(pid: number, startTime: string | undefined, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  if (startTime === undefined) return true;
  while (startTimeOf(pid) === startTime) {
    if (Date.now() > deadline) return false;
    await delay(25);
  }
  return true;
}

function isSignalled(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
