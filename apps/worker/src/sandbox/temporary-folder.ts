import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readlinkSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Cell } from './cell.ts';

const prefix = 'turno-job-';

/** Returns the path of a new folder for the temporary files of one process; its name has the pid of the worker. */
export function nameTemporaryFolder({ hasOwnUser }: Pick<Cell, 'hasOwnUser'>): string {
  // A folder of root's own is closed to other users.
  return join(hasOwnUser ? '/tmp' : tmpdir(), `${prefix}${pidSpace()}-${process.pid}-${randomUUID()}`);
}

/**
 * Makes the folder, which no other user may enter, or empties it. Throws when a file in it cannot be removed.
 * Any folder that `nameTemporaryFolder` did not name is left as it is: a process that was started by hand has the
 * TMPDIR of its user, such as /tmp.
 */
export function emptyTemporaryFolder(folder: string): void {
  if (!basename(folder).startsWith(prefix)) return;
  for (const name of makeOrList(folder)) rmSync(join(folder, name), { recursive: true, force: true });
}

function makeOrList(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    rmSync(folder, { force: true });
    mkdirSync(folder, { mode: 0o700 });
    return [];
  }
}

const script = 'chmod -R u+rwX -- "$1"; rm -rf -- "$1"';

/**
 * Removes the folder of a process that has ended. Its user does that: while processes of its handlers run on, root
 * could be led to files of others.
 */
export async function removeTemporaryFolder(folder: string, { command }: Pick<Cell, 'command'>): Promise<void> {
  try {
    rmdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    const [program, ...args] = [...command, 'sh', '-c', script, 'sh', folder];
    const remover = spawn(program, args, { stdio: 'ignore' });
    await once(remover, 'close').catch(() => {});
  }
}

/** Removes the folders of workers that ended without doing so. `rm` follows no link, whatever happens meanwhile. */
export function removeAbandonedFolders(): void {
  for (const parent of new Set(['/tmp', tmpdir()])) {
    const abandoned = list(parent).filter((name) => name.startsWith(prefix) && !isInUse(name));
    const folders = abandoned.map((name) => join(parent, name));
    if (folders.length > 0) spawn('rm', ['-rf', '--', ...folders], { stdio: 'ignore' }).on('error', () => {});
  }
}

/** A worker in another container has pids of its own, which mean nothing here. */
function isInUse(name: string): boolean {
  const [space, pid] = name.slice(prefix.length).split('-');
  if (space !== pidSpace()) return true;
  try {
    return process.kill(Number(pid), 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

function pidSpace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid').replaceAll(/\D/g, '');
  } catch {
    return '0';
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
