import { readdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';

/** What a handler's process finds in its view of the file system. All paths are without symbolic links. */
export interface ViewPlan {
  /** Folders that appear empty but for what is shown. */
  hide: string[];
  /** Files and folders that stay reachable, read-only, in hidden folders. */
  show: string[];
  /** Files that appear empty. */
  blank: string[];
}

export interface ViewParts {
  /** What handlers must read. */
  needed: readonly string[];
  /** Folders that handlers must not read. */
  closed: readonly string[];
  /** Files that handlers must not read. */
  secretFiles: readonly string[];
}

/** Without one of these no program runs. */
const systemFolders = [
  '/usr',
  '/bin',
  '/sbin',
  '/lib',
  '/lib64',
  '/etc',
  '/proc',
  '/dev',
  '/sys',
  '/tmp',
  '/run',
  '/var/tmp',
];

/**
 * Plans the view: hidden are the closed folders, and each folder on the way to a needed file that other users may not
 * enter. A folder that contains the system stays.
 */
export function planView({ needed, closed, secretFiles }: ViewParts): ViewPlan {
  const wanted = realPaths(needed);
  const hidden = [...realPaths(closed).filter(isFolder), ...wanted.flatMap((path) => privateFolderAbove(path) ?? [])];
  const hide = outermost(hidden.filter((folder) => !systemFolders.some((path) => isInside(path, folder))));
  const isHidden = (path: string) => hide.some((folder) => isInside(path, folder));
  return {
    hide,
    show: outermost(wanted.filter((path) => isHidden(path) && !hide.some((folder) => isInside(folder, path)))),
    blank: realPaths(secretFiles).filter((path) => !isHidden(path) && !isFolder(path)),
  };
}

/**
 * Returns the folders to which the links in a `node_modules` folder lead: packages of the same repository, and other
 * `node_modules` folders.
 */
export function linkedPackages(modules: string): string[] {
  const names = entriesOf(modules);
  const scopes = names.filter((name) => name.startsWith('@'));
  const scoped = scopes.flatMap((scope) => entriesOf(join(modules, scope)).map((name) => join(scope, name)));
  const targets = realPaths([...names, ...scoped].map((name) => join(modules, name))).map(packagesOf);
  return [...new Set(targets)].filter((target) => !isInside(target, modules));
}

const modulesPart = `${sep}node_modules${sep}`;

/** Returns the outermost `node_modules` folder that a path is in, else the path itself. */
function packagesOf(path: string): string {
  const at = path.indexOf(modulesPart);
  return at === -1 ? path : path.slice(0, at + modulesPart.length - 1);
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Leaves out paths that do not exist. */
function realPaths(paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    try {
      return realpathSync(path);
    } catch {
      return [];
    }
  });
}

/** Returns the first folder on the way to `path`, from the root, that other users may not enter. */
function privateFolderAbove(path: string): string | undefined {
  const folders: string[] = [];
  for (let folder = path; folder !== dirname(folder); folder = dirname(folder)) folders.unshift(folder);
  return folders.find((folder) => isFolder(folder) && (statSync(folder).mode & 0o001) === 0);
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function outermost(paths: readonly string[]): string[] {
  const unique = [...new Set(paths)];
  return unique.filter((path) => !unique.some((other) => other !== path && isInside(path, other)));
}

export function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}
