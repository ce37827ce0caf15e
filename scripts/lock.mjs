import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** A lock file without content is just being written; older than this, its writer died. */
const unwrittenMs = 3_000;
const lookEveryMs = 100;
/** A shorter wait is not worth a word. */
const silentLooks = 20;

/**
 * Runs `work` while no other live process holds the lock; says once, by `onWait`, who does. A lock whose holder is gone is
 * taken over. Like libs/local/src/system/file-lock.ts, which cannot be used before anything is compiled.
 */
export async function withLock(file, onWait, work) {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  for (let waits = 0; !create(file); waits += 1) {
    const holder = holderOf(file);
    if (holder === undefined) clearStale(file);
    else if (waits === silentLooks) onWait(holder);
    await delay(lookEveryMs);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

function create(file) {
  try {
    const handle = openSync(file, 'wx');
    writeSync(handle, `${process.pid} ${birthOf(process.pid)}`);
    closeSync(handle);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function holderOf(file) {
  try {
    const [pid, birth] = readFileSync(file, 'utf8').split(' ');
    if (birth === undefined) return Date.now() - statSync(file).mtimeMs < unwrittenMs ? 0 : undefined;
    return birthOf(Number(pid)) === birth ? Number(pid) : undefined;
  } catch {
    return undefined; // released in this moment
  }
}

/** Two may find the same stale lock; only one rename of it succeeds, and a fresh one that was caught is put back. */
function clearStale(file) {
  const aside = `${file}.${process.pid}.stale`;
  try {
    renameSync(file, aside);
    if (holderOf(aside) === undefined) rmSync(aside);
    else renameSync(aside, file);
  } catch {
    // the other one was quicker
  }
}

/** Tells a process from a later one with the same pid. Where there is no /proc, merely that it is alive. */
function birthOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return process.platform !== 'linux' && isAlive(pid) ? 'alive' : undefined;
  }
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}
