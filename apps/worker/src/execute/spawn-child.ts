import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Log } from '@turno/runtime';
import { searchPath } from '../config.ts';
import { runtimeMemoryMb } from './runtime-memory.ts';

const childFile = fileURLToPath(new URL('child.js', import.meta.url));
const mib = 1024 * 1024;

/** All that a handler's process knows of its surroundings. Settings, and with them secrets, are not among it. */
const environment = { TZ: 'UTC', LANG: 'C.UTF-8', MALLOC_ARENA_MAX: '2', UV_THREADPOOL_SIZE: '2' };

let told = false;

/**
 * Starts a CPU child with a memory cap. RLIMIT_DATA also covers Buffers and native code, which V8's own limit does not; the
 * heap is kept well below it, so that a full heap is an error and not a crash. The kernel ends the child with its parent.
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

/** From then on its number may be somebody else's. */
export function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/** Ends a child and what its handlers have started. Nothing once the child is gone. */
export function killGroup(child: ChildProcess): void {
  if (!hasEnded(child) && !killRest(child)) child.kill('SIGKILL');
}

/** Ends what is left of the group of a child that has just gone: nobody would stop it any more. False when nothing was there. */
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
  if ((setpriv === undefined || prlimit === undefined) && !told) {
    told = true;
    log.warn('setpriv or prlimit is missing (package util-linux): handlers run without a memory cap on native code');
  }
  return [
    ...(setpriv === undefined ? [] : [...otherUser(setpriv), setpriv, '--pdeathsig', 'KILL']),
    ...(prlimit === undefined ? [] : [prlimit, `--data=${(memoryMb + runtimeMemoryMb()) * mib}`, '--core=0']),
  ];
}

/** An account of no one, not the one that local stores run as. */
const handlersUid = 65_533;

/**
 * When the worker is root its handlers are somebody else, who may read what the system holds (their code may lie in a closed folder)
 * and may neither look into the worker's memory nor write to anything of root's. Nobody else can change accounts.
 */
function otherUser(setpriv: string): string[] {
  if (process.getuid?.() !== 0) return [];
  const caps = '-all,+dac_read_search';
  return [
    setpriv, // one of its own, since a change of account forgets the signal that the parent's death shall send
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
      // look in the next one
    }
  }
  return undefined;
}
