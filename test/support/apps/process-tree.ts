import { readdirSync, readFileSync } from 'node:fs';
import { eventually } from '../eventually.ts';

/** Everything below this process, whatever session it put itself in. */
export function descendantsOf(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const each of allPids()) {
    const parent = Number(statOf(each)[1]);
    children.set(parent, [...(children.get(parent) ?? []), each]);
  }
  const below = (each: number): number[] => (children.get(each) ?? []).flatMap((child) => [child, ...below(child)]);
  return below(pid);
}

export function parentOf(pid: number): number {
  return Number(statOf(pid)[1]);
}

/** What tells these processes from later ones with the same pids. */
export function remember(pids: number[]): Map<number, string> {
  return new Map(pids.map((pid) => [pid, statOf(pid)[19] ?? '']));
}

/** Those of the remembered that still run, with their command lines. Zombies are dead. */
export function stillRunning(remembered: ReadonlyMap<number, string>): string[] {
  return [...remembered].flatMap(([pid, birth]) => {
    const [state, now] = [statOf(pid)[0], statOf(pid)[19]];
    return state === undefined || state === 'Z' || now !== birth ? [] : [`${pid} ${commandOf(pid)}`];
  });
}

/** Fails, naming them, when some of the remembered still run after a while. */
export async function expectAllGone(remembered: ReadonlyMap<number, string>): Promise<void> {
  if (remembered.size === 0) throw new Error('nothing was remembered, so nothing can be gone');
  await eventually(() => {
    const left = stillRunning(remembered);
    if (left.length > 0) throw new Error(`still running: ${left.join(', ')}`);
  });
}

/** Processes that name this folder on their command line or in their environment. */
export function processesNaming(folder: string): number[] {
  return allPids().filter((pid) => pid !== process.pid && (commandOf(pid) + read(pid, 'environ')).includes(folder));
}

/** Ends what a failed test left running on its own folder. The folder's name must be one that only this run knows. */
export function endAllNaming(folder: string): void {
  for (const pid of processesNaming(folder)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // it ended by itself in this moment
    }
  }
}

function commandOf(pid: number): string {
  return read(pid, 'cmdline').replaceAll('\0', ' ');
}

function allPids(): number[] {
  return readdirSync('/proc').map(Number).filter(Number.isInteger);
}

function statOf(pid: number): string[] {
  const stat = read(pid, 'stat');
  return stat === '' ? [] : stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
