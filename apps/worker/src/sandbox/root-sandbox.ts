import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PinnedCode } from '@turno/kinds';
import type { Log } from '@turno/runtime';
import { type Group, isBuiltInOnly, networkWarning, type Sandbox } from './cell.ts';
import { becomeUser, readAllCaps } from './basic-sandbox.ts';
import { findProgram } from './find-program.ts';
import { createFreeIds } from './free-ids.ts';
import { makeView, type View } from './make-view.ts';
import { isInside, linkedPackages, planView } from './view-plan.ts';

export interface RootSandboxOptions {
  /** The folder of all copies. */
  copies: string;
  /** The pinned code of all kinds that run in processes of their own. */
  codes: ReadonlyMap<Group, readonly PinnedCode[]>;
  /** The files of ours that a handler's process loads, its entry file first. */
  runtimeFiles: readonly string[];
  /** Folders that handlers must not read, such as DATA_DIR. */
  closed: readonly string[];
  /** Files that handlers must not read. */
  secretFiles: readonly string[];
  log: Log;
}

const ownRoot = fileURLToPath(new URL('../../../..', import.meta.url));

/** A way to run handlers, from the strictest. */
interface Rights {
  view: View | undefined;
  caps: string;
  /** What to mend when this is the strictest that works; undefined for the strictest of all. */
  warning?: string;
}

/**
 * Prepares the sandbox of a worker that is root. A process gets a user of its own without any right of root, and the
 * group of its kinds, which alone may enter the copies of these kinds. A view of the file system hides the rest of
 * Turno, and leads to what a process must read through folders that are closed to its user.
 */
export async function createRootSandbox(options: RootSandboxOptions): Promise<Sandbox> {
  const { log, codes } = options;
  const setpriv = findProgram('setpriv');
  if (setpriv === undefined) {
    log.warn('handlers run as root, since setpriv is missing: install util-linux, or start the worker as another user');
    return sameUser;
  }
  const nextId = createFreeIds();
  const groupIds = new Map([...codes.keys()].map((group) => [group, nextId()]));
  const [, ...asAnother] = becomeUser(setpriv, { uid: nextId(), gids: [], caps: '-all' });
  if (spawnSync(setpriv, [...asAnother, 'true']).status !== 0) {
    log.warn('handlers run as the user of the worker: this system does not let root become another user');
    return sameUser;
  }
  closeCopies(options, groupIds);
  const view = await tryView(options);
  const hasNoNetwork = spawnSync('unshare', ['--net', 'true']).status === 0;
  if (!hasNoNetwork) log.warn(networkWarning);

  const command = (groups: readonly Group[], { view: entered, caps }: Rights): string[] => {
    const isOffline = isBuiltInOnly(groups);
    const alone = isOffline && hasNoNetwork ? ['unshare', '--net'] : [];
    const gids = groups.flatMap((group) => groupIds.get(group) ?? []);
    const asUser = becomeUser(setpriv, { uid: nextId(), gids, caps });
    return [...(entered === undefined ? alone : enterView(entered, isOffline)), ...asUser];
  };
  const runFiles = [...codes.values()].flat().map(({ runFile }) => runFile);
  const files = [...options.runtimeFiles, ...runFiles, ...packageFolders(codes)];
  const canRead = (rights: Rights) => isReadable(command([...codes.keys()], rights), files);
  const rights = waysToRun(view).find(canRead) ?? oldRights;
  if (rights.warning !== undefined) log.warn({ folder: ownRoot }, rights.warning);
  return {
    enter: (groups) => ({ command: command(groups, rights), cwd: '/', hasOwnUser: true }),
    close: () => view?.close(),
  };
}

const sameUser: Sandbox = { enter: () => ({ command: [], hasOwnUser: false }), close() {} };

const oldRights: Rights = {
  view: undefined,
  caps: readAllCaps,
  warning:
    'handlers keep the right to read every file, since their own user cannot read the folder of Turno and this system ' +
    'allows no view of it: move Turno below folders with mode 0755, or start the worker as another user',
};

const closedFiles =
  'handlers keep the right to read every file that their view shows, since files of Turno are closed to other users: ' +
  'run chmod -R go+rX on the folder of Turno, or start the worker as another user';

function waysToRun(view: View | undefined): Rights[] {
  const open: Rights = {
    view: undefined,
    caps: '-all',
    warning:
      'handlers can read what every user may read, since this system allows no view that hides it: close DATA_DIR, ' +
      'KINDS_DIR and files with secrets to other users, or start the worker as another user',
  };
  if (view === undefined) return [open];
  return [{ view, caps: '-all' }, open, { view, caps: readAllCaps, warning: closedFiles }];
}

function enterView({ mountFile, networkFile }: View, isOffline: boolean): string[] {
  return ['nsenter', `--mount=${mountFile}`, ...(isOffline ? [`--net=${networkFile}`] : [])];
}

/** Lets the group of a kind enter the copies of that kind, and no other user. */
function closeCopies({ copies, codes }: RootSandboxOptions, groupIds: ReadonlyMap<Group, number>): void {
  for (const [group, pinned] of codes) {
    for (const { folder } of pinned) {
      chownSync(folder, 0, groupIds.get(group) ?? 0);
      chmodSync(folder, 0o750);
      chmodSync(dirname(folder), 0o711);
    }
  }
  chmodSync(copies, 0o711);
}

/** Returns the `node_modules` folders of all kinds. They are closed in a clone that was made under `umask 077`. */
function packageFolders(codes: RootSandboxOptions['codes']): string[] {
  const links = [...codes.values()].flat().flatMap((code) => code.links);
  return [...new Set(links.filter((path) => path.endsWith('/node_modules')))];
}

async function tryView(options: RootSandboxOptions): Promise<View | undefined> {
  const { copies, codes, runtimeFiles, closed, secretFiles, log } = options;
  const links = [...codes.values()].flat().flatMap((code) => code.links);
  const modules = packageFolders(codes);
  // Handlers need no other packages of ours than those of the runtime files.
  const packages = modules
    .flatMap(linkedPackages)
    .filter((path) => path.includes('node_modules') || !isInside(path, ownRoot));
  const needed = [process.execPath, copies, ...runtimeFiles.map(packageOf), ...modules, ...packages, ...links];
  const scratch = join(copies, 'view');
  try {
    mkdirSync(scratch);
    return await makeView(planView({ needed, closed: [ownRoot, ...closed], secretFiles }), scratch);
  } catch (error) {
    log.info({ err: error }, 'this system allows no view of the file system for handlers');
    return undefined;
  }
}

/** Returns the folder of the package to which a file belongs. */
function packageOf(file: string): string {
  let folder = dirname(file);
  while (folder !== ownRoot && !existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

/** Returns whether a process with these rights can read all files. The kernel decides, which knows all rules. */
function isReadable([program = '', ...args]: string[], files: readonly string[]): boolean {
  const script = 'for file; do test -r "$file" || exit 1; done';
  return spawnSync(program, [...args, 'sh', '-c', script, 'sh', process.execPath, ...files]).status === 0;
}
