import { readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * What tells this process from any later one with the same pid: its time of birth. Undefined when there is none, or only a
 * zombie. Where there is no /proc, merely that it is alive.
 */
export function birthOf(pid: number): string | undefined {
  if (process.platform !== 'linux') return isSignalled(pid, 0) ? 'alive' : undefined;
  const stat = readProc(pid, 'stat');
  // The second field is the name in parentheses and may hold spaces and parentheses itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, birth] = [fields[0], fields[19]];
  return state === 'Z' || state === 'X' ? undefined : birth || undefined;
}

export function parentOf(pid: number): number | undefined {
  const stat = readProc(pid, 'stat');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) || undefined;
}

/** The words of its command line; empty when there is no such process or no /proc. */
export function commandOf(pid: number): string[] {
  return readProc(pid, 'cmdline').split('\0').filter(Boolean);
}

export function hasInEnvironment(pid: number, name: string, value: string): boolean {
  return readProc(pid, 'environ').split('\0').includes(`${name}=${value}`);
}

export function worksIn(pid: number, folder: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === folder;
  } catch {
    return false;
  }
}

/** Sends each signal in turn until the process is gone, waiting `stepMs` after each. A pid that was reused is left alone. */
export async function endProcess(pid: number, signals: readonly NodeJS.Signals[], stepMs: number): Promise<void> {
  const birth = birthOf(pid);
  for (const signal of signals) {
    if (birth === undefined || birthOf(pid) !== birth) return;
    isSignalled(pid, signal);
    await goneWithin(pid, birth, stepMs);
  }
}

/** True when the process with this birth is gone before the time is over. */
export async function goneWithin(pid: number, birth: string | undefined, timeoutMs: number): Promise<boolean> {
  const until = Date.now() + timeoutMs;
  if (birth === undefined) return true;
  while (birthOf(pid) === birth) {
    if (Date.now() > until) return false;
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
