import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Log } from '@turno/runtime';
import type { Cell } from '../sandbox/cell.ts';
import { findProgram } from '../sandbox/find-program.ts';
import { runtimeMemoryMb } from './runtime-memory.ts';

/** The entry file of a handler's process. */
export const childFile = fileURLToPath(new URL('child.js', import.meta.url));
const mib = 1024 * 1024;

/** The environment of a handler's process, with TMPDIR. It contains no settings and therefore no secrets. */
const environment = { TZ: 'UTC', LANG: 'C.UTF-8', MALLOC_ARENA_MAX: '2', UV_THREADPOOL_SIZE: '2' };

let warned = false;

export interface SpawnOptions {
  /** The folder for temporary files, which the child makes. */
  temporaryFolder: string;
  memoryMb: number;
  cell: Cell;
  log: Log;
}

/**
 * Starts the process of a CPU child in its cell, with a memory cap.
 * RLIMIT_DATA also limits Buffers and native code, which V8's heap limit does not. The heap limit is well below it, so
 * that a full heap is an error and not a crash. The kernel kills the child when its parent dies.
 */
export function spawnChild({ temporaryFolder, memoryMb, cell, log }: SpawnOptions): ChildProcess {
  const node = [process.execPath, `--max-old-space-size=${Math.floor(memoryMb * 0.6)}`, childFile];
  const own = cell.hasOwnUser ? ['--own-user'] : [];
  const [command, ...args] = [...cell.command, ...limits(memoryMb, log), ...node, ...own];
  return spawn(command ?? process.execPath, args, {
    ...(cell.cwd !== undefined && { cwd: cell.cwd }),
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    serialization: 'advanced',
    env: { ...environment, TMPDIR: temporaryFolder },
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

function limits(memoryMb: number, log: Log): string[] {
  const setpriv = findProgram('setpriv');
  const prlimit = findProgram('prlimit');
  if ((setpriv === undefined || prlimit === undefined) && !warned) {
    warned = true;
    log.warn('setpriv or prlimit is missing: handlers run without a memory cap on native code; install util-linux');
  }
  return [
    ...(setpriv === undefined ? [] : [setpriv, '--pdeathsig', 'KILL']),
    ...(prlimit === undefined ? [] : [prlimit, `--data=${(memoryMb + runtimeMemoryMb()) * mib}`, '--core=0']),
  ];
}
