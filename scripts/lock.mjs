import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** A lock file without content is just being written; an older one was left by a process that died. */
const writeTimeoutMs = 3_000;
const pollEveryMs = 100;
/** A shorter wait is not reported. */
const silentPolls = 20;

/**
 * Runs `work` while this process holds the lock.
 * Calls `onWait` once with the pid of another holder. The lock of a process that is gone is taken over. The same as
 * libs/local/src/system/file-lock.ts, which cannot be used before it is compiled.
 */
export async function withLock(file, onWait, work) {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  for (let waits = 0; !create(file); waits += 1) {
    const holder = holderOf(file);
    if (holder === undefined) clearStale(file);
    else if (waits === silentPolls) onWait(holder);
    await delay(pollEveryMs);
  }
  const release = () => rmSync(file, { force: true });
  process.once('exit', release); // no `finally` runs when the process exits meanwhile
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

function create(file) {
  try {
    const handle = openSync(file, 'wx');
    writeSync(handle, `${process.pid} ${startTimeOf(process.pid)}`);
    closeSync(handle);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function holderOf(file) {
  try {
    const [pid, startTime] = readFileSync(file, 'utf8').split(' ');
    if (startTime === undefined) return Date.now() - statSync(file).mtimeMs < writeTimeoutMs ? 0 : undefined;
    return startTimeOf(Number(pid)) === startTime ? Number(pid) : undefined;
  } catch {
    return undefined; // released at this moment
  }
}

/** Two processes may find the same stale lock. Only one rename succeeds; a fresh lock that was caught is put back. */
function clearStale(file) {
  const moved = `${file}.${process.pid}.stale`;
  try {
    renameSync(file, moved);
    if (holderOf(moved) === undefined) rmSync(moved);
    else renameSync(moved, file);
  } catch {
    // the other process was faster
  }
}

/**
 * Returns the start time of a process, which distinguishes it from a later one with its pid.
 * Without /proc: `alive`.
 */
function startTimeOf(pid) {
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
