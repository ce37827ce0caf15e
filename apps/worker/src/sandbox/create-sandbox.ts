import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { tmpdir } from 'node:os';
import type { Log } from '@turno/runtime';
import { isBuiltInOnly, networkWarning, type Sandbox } from './cell.ts';
import { createRootSandbox, type RootSandboxOptions } from './root-sandbox.ts';
import { planView } from './view-plan.ts';

const isolate = ['--user', '--map-current-user', '--net'];

/**
 * Prepares how handlers' processes are separated from the rest of the system.
 * Root gives each process a user of its own and hides closed folders and secrets. Every user takes the network from
 * built-in kinds. A warning names once what this system does not allow.
 */
export async function createSandbox(options: RootSandboxOptions): Promise<Sandbox> {
  return process.getuid?.() === 0 ? createRootSandbox(options) : createUserSandbox(options.log);
}

/**
 * Returns the folder for temporary files in which the copies of kinds belong: the first writable one, for root one that
 * other users may enter and that a view does not hide.
 */
export function folderForCopies(closed: readonly string[]): string {
  const candidates = [tmpdir(), '/tmp', '/var/tmp'];
  const isRoot = process.getuid?.() === 0;
  const isOpen = (folder: string) => planView({ needed: [folder], closed, secretFiles: [] }).show.length === 0;
  return candidates.find((folder) => isWritable(folder) && (!isRoot || isOpen(folder))) ?? tmpdir();
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function createUserSandbox(log: Log): Sandbox {
  const works = spawnSync('unshare', [...isolate, 'true']).status === 0;
  if (!works) log.warn(networkWarning);
  return {
    enter: (groups) => ({ command: works && isBuiltInOnly(groups) ? ['unshare', ...isolate] : [], hasOwnUser: false }),
    close() {},
  };
}
