import { closeSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { birthOf } from './processes.ts';

/** A lock file that is just being written has no content yet; older than this, its writer died. */
const unwrittenMs = 3_000;

export interface Lock {
  release(): void;
}

/**
 * Takes the lock, or says which live process holds it. A lock whose holder is gone is taken over; a holder is known by pid
 * and time of birth, so a reused pid does not keep it locked for ever.
 */
export function tryLock(file: string): Lock | { heldBy: number } {
  for (;;) {
    if (create(file)) return { release: () => rmSync(file, { force: true }) };
    const heldBy = holderOf(file);
    if (heldBy !== undefined) return { heldBy };
    clearStale(file);
  }
}

/** Waits for the lock as long as another live process holds it. */
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
    writeSync(handle, `${process.pid} ${birthOf(process.pid) ?? ''}`);
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
    const [pid, birth] = text.split(' ');
    if (text === '') return Date.now() - statSync(file).mtimeMs < unwrittenMs ? 0 : undefined;
    return birthOf(Number(pid)) === birth ? Number(pid) : undefined;
  } catch {
    return undefined; // released in this moment
  }
}

/** Two may find the same stale lock; only one rename of it succeeds, and a fresh one that was caught is put back. */
function clearStale(file: string): void {
  const aside = `${file}.${process.pid}.stale`;
  try {
    renameSync(file, aside);
    if (holderOf(aside) === undefined) rmSync(aside);
    else renameSync(aside, file);
  } catch {
    // the other one was quicker
  }
}
