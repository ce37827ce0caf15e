import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { findLocalImports } from './find-local-imports.ts';
import { isCode, resolveLocalImport } from './resolve-local-import.ts';

/** More files than the code of any kind has; a folder above it is data or a mistake. */
const filesMax = 10_000;
/** A folder outside of the kind with more files is not copied. */
const outsideFilesMax = 1_000;
/** A larger code file is data in disguise. Its imports are not followed. */
const scannedBytesMax = 4 * 1024 * 1024;

export interface Code {
  files: string[];
  /** Folders outside of the kind that are too large to copy. */
  largeFolders: string[];
}

/**
 * Returns the files that a kind consists of: all of its folder, the folders with code beside it that are no kinds, and
 * what these files import by relative paths from elsewhere, at any depth. Packages (`node_modules`) do not count.
 * Throws when the kind's folder has too many files.
 */
export function collectCode(folder: string): Code {
  const files = new Set<string>();
  const largeFolders = new Set<string>();
  const pending: string[] = [];
  const add = (file: string) => {
    if (files.has(file) || isInPackage(file)) return;
    files.add(file);
    pending.push(file);
  };
  const own = listFiles(folder, filesMax);
  if (own === undefined)
    throw new Error(`has more than ${filesMax} files; move data out of it and read the data by an absolute path`);
  own.forEach(add);
  sharedCodeBeside(folder).forEach(add);
  for (let file = pending.pop(); file !== undefined; file = pending.pop()) {
    for (const target of targetsOf(file)) {
      if (!target.isFolder) add(target.path);
      else if (!isInside(folder, target.path) && !isInside(target.path, folder)) {
        const found = listFiles(target.path, outsideFilesMax);
        if (found === undefined) largeFolders.add(target.path);
        else found.forEach(add);
      }
    }
  }
  return { files: [...files].sort(), largeFolders: [...largeFolders] };
}

/** Returns whether `path` is the folder itself or anything below it. */
export function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** Returns a file and all files that it imports by relative paths, at any depth. */
export function importedFiles(file: string): string[] {
  const found = new Set([file]);
  for (const each of found) targetsOf(each).forEach(({ path, isFolder }) => isFolder || found.add(path));
  return [...found];
}

/** Returns whether a folder has the files of a kind. */
export function isKindFolder(folder: string): boolean {
  return readdirSync(folder).some((name) => /^(kind|run)\.(ts|mts|js|mjs)$/.test(name));
}

/** The code may compute the path of a file beside its kind, which no search in the text finds. */
function sharedCodeBeside(folder: string): string[] {
  const parent = dirname(folder);
  return readdirSync(parent).flatMap((name) => {
    const path = join(parent, name);
    if (name.startsWith('.') || isSkipped(name)) return [];
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true || isKindFolder(path)) return [];
    const files = listFiles(path, outsideFilesMax) ?? [];
    return files.some(isCode) ? files : [];
  });
}

function isInPackage(file: string): boolean {
  return file.includes(`${sep}node_modules${sep}`);
}

function targetsOf(file: string) {
  if (!isCode(file) || statSync(file).size > scannedBytesMax) return [];
  const paths = new Set(findLocalImports(readFileSync(file, 'utf8')));
  return [...paths].flatMap((path) => resolveLocalImport(file, path) ?? []);
}

/**
 * Lists all files below a folder, through symbolic links as well; undefined when there are more than `max`.
 * A link to a folder above itself is not followed.
 */
function listFiles(folder: string, max: number): string[] | undefined {
  const files: string[] = [];
  const isComplete = walk(folder, [], (file) => files.push(file) <= max);
  return isComplete ? files : undefined;
}

function walk(folder: string, above: readonly string[], take: (file: string) => boolean): boolean {
  const real = realpathSync(folder);
  if (above.includes(real)) return true;
  return readdirSync(folder).every((name) => {
    const path = join(folder, name);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isFile() === true) return take(path);
    return stat?.isDirectory() !== true || isSkipped(name) || walk(path, [...above, real], take);
  });
}

/** Packages resolve from their own place; version control is no code. */
function isSkipped(name: string): boolean {
  return name === 'node_modules' || name === '.git';
}

/** Returns the folders of the files and all folders above them. */
export function foldersAbove(files: readonly string[]): Set<string> {
  const folders = new Set<string>();
  for (const file of files) {
    for (let folder = dirname(file); !folders.has(folder); folder = dirname(folder)) folders.add(folder);
  }
  return folders;
}
