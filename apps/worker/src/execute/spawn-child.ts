import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Log } from '@turno/runtime';
import { searchPath } from '../config.ts';
import { runtimeMemoryMb } from './runtime-memory.ts';

const childFile = fileURLToPath(new URL('child.js', import.meta.url));
const mib = 1024 * 1024;

/** The whole environment of a handler's process. It contains no settings and therefore no secrets. */
const environment = { TZ: 'UTC', LANG: 'C.UTF-8', MALLOC_ARENA_MAX: '2', UV_THREADPOOL_SIZE: '2' };

let warned = false;

/**
 * Starts the process of a CPU child with a memory cap.
 * RLIMIT_DATA also limits Buffers and native code, which V8's heap limit does not. The heap limit is well below it, so
 * that a full heap is an error and not a crash. The kernel kills the child when its parent dies.
 */
export function spawnChild(memoryMb: number, log: Log): ChildProcess {
  const node = [process.execPath, `--max-old-space-size=${Math.floor(memoryMb * 0.6)}`, childFile];
  const [command, ...args] = [...wrappers(memoryMb, log), ...node];
  return spawn(command ?? process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    serialization: 'advanced',
    env: environment,
    detached: true, // a session of its own, see `killGroup` and `lowerPriority`
  });
}

/** Returns true once the child has ended. From then on its pid may belong to another process. */
export function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/** Kills a child and the processes that its handlers started. Does nothing once the child is gone. */
export function killGroup(child: ChildProcess): void {
  if (!hasEnded(child) && !killRest(child)) child.kill('SIGKILL');
}

/** Kills the rest of the process group of a child that has just ended. Returns false when the group is empty. */
export function killRest({ pid }: ChildProcess): boolean {
  try {
    return pid !== undefined && process.kill(-pid, 'SIGKILL');
  } catch {
    return false;
  }
}

function wrappers(memoryMb: number, log: Log): string[] {
  const setpriv = find('setpriv');
  const prlimit = find('prlimit');
  if ((setpriv === undefined || prlimit === undefined) && !warned) {
    warned = true;
    log.warn('setpriv or prlimit is missing: handlers run without a memory cap on native code; install util-linux');
  }
  return [
    ...(setpriv === undefined ? [] : [...switchUser(setpriv), setpriv, '--pdeathsig', 'KILL']),
    ...(prlimit === undefined ? [] : [prlimit, `--data=${(memoryMb + runtimeMemoryMb()) * mib}`, '--core=0']),
  ];
}

/** A uid without an account, other than that of the local stores. */
const handlersUid = 65_533;

/**
 * Returns the command that runs a handler as another user when the worker is root.
 * That user may read every file (the code of a kind may be in a private folder), but may neither read the worker's
 * memory nor write files of root. Only root can change the user.
 */
function switchUser(setpriv: string): string[] {
  if (process.getuid?.() !== 0) return [];
  const caps = '-all,+dac_read_search';
  return [
    setpriv, // a separate setpriv: a change of the user clears the parent death signal
    `--reuid=${handlersUid}`,
    `--regid=${handlersUid}`,
    '--clear-groups',
    '--no-new-privs',
    `--inh-caps=${caps}`,
    `--ambient-caps=${caps}`,
  ];
}

function find(program: string): string | undefined {
  for (const folder of searchPath.split(delimiter)) {
    const file = join(folder, program);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // not in this folder
    }
  }
  return undefined;
}
