import { closeSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { startTimeOf } from './processes.ts';

/** A lock file without content is just being written; an older one was left by a process that died. */
const writeTimeoutMs = 3_000;

export interface Lock {
  release(): void;
}

/**
 * Takes the lock, or returns the pid of the live process that holds it.
 * The lock of a process that is gone is taken over. A holder is identified by pid and start time, so that a reused pid
 * does not hold the lock for ever.
 */
export function tryLock(file: string): Lock | { holder: number } {
  for (;;) {
    if (create(file)) return { release: () => rmSync(file, { force: true }) };
    const holder = holderOf(file);
    if (holder !== undefined) return { holder };
    clearStale(file);
  }
}

/** Runs `work` while this process holds the lock. Waits as long as another live process holds it. */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  let lock = tryLock(file);
  while (!('release' in lock)) {
    await delay(100);
    lock = tryLock(file);
  }
  try {
    return await work();
  } finally {
    lock.release();
  }
}

function create(file: string): boolean {
  try {
    const handle = openSync(file, 'wx', 0o644);
    writeSync(handle, `${process.pid} ${startTimeOf(process.pid) ?? ''}`);
    closeSync(handle);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function holderOf(file: string): number | undefined {
  try {
    const text = readFileSync(file, 'utf8');
    const [pid, startTime] = text.split(' ');
    if (text === '') return Date.now() - statSync(file).mtimeMs < writeTimeoutMs ? 0 : undefined;
    return startTimeOf(Number(pid)) === startTime ? Number(pid) : undefined;
  } catch {
    return undefined; // released at this moment
  }
}

/** Two processes may find the same stale lock. Only one rename succeeds; a fresh lock that was caught is put back. */
function clearStale(file: string): void {
  const moved = `${file}.${process.pid}.stale`;
  try {
    renameSync(file, moved);
    if (holderOf(moved) === undefined) rmSync(moved);
    else renameSync(moved, file);
  } catch {
    // the other process was faster
  }
}
