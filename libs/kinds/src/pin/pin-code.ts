import { createHash } from 'node:crypto';
import {
  chmodSync,
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { collectCode, foldersAbove, isInside, isKindFolder } from './collect-code.ts';

/** The pinned code of one kind. */
export interface PinnedCode {
  /** The folder that holds all of the copy. */
  folder: string;
  /** The copy of the run file. */
  runFile: string;
  /** The copied files. */
  files: string[];
  /** What a handler reads outside of the copy: packages, and what is too large to copy. */
  links: string[];
  /** Returns the first file that is no longer as it was at the start; undefined when none has changed. */
  changedFile(): string | undefined;
}

/** A larger file is data: it is read in place, and its size and time of change are compared. */
const copiedBytesMax = 16 * 1024 * 1024;
const copiedBytesSumMax = 256 * 1024 * 1024;
/** Entries of one folder that get a link. */
const linksMax = 1_000;

/**
 * Copies the code of a kind into `folder`, each file below its whole path.
 * Imports resolve as before: relative ones inside of the copy, packages by links to each `node_modules` above a file.
 * Entries beside the copied files that belong to no kind become links, for paths that the code computes.
 */
export function pinCode(runFile: string, folder: string): PinnedCode {
  const kindFolder = dirname(resolve(runFile));
  const code = collectCode(kindFolder);
  const toCopy = (path: string) => join(folder, path);
  const links: string[] = [];
  const pinned: Signed[] = [];
  let bytes = 0;
  const link = (path: string) => {
    mkdirSync(dirname(toCopy(path)), { recursive: true });
    const target = realpathSync(path);
    symlinkSync(target, toCopy(path));
    return target;
  };
  for (const file of [...code.files, ...packageFilesAbove(code.files)]) {
    const { size } = statSync(file);
    const isCopied = size <= copiedBytesMax && bytes + size <= copiedBytesSumMax && !file.endsWith('.node');
    if (isCopied) bytes += size;
    if (isCopied) copy(file, toCopy(file));
    else links.push(link(file));
    pinned.push(sign(isCopied ? toCopy(file) : file, file));
  }
  const isNew = (path: string) => existsSync(path) && !existsSync(toCopy(path));
  links.push(...[...packageFoldersAbove(code.files), ...code.largeFolders].filter(isNew).map(link));
  neighboursOf(kindFolder, code.files).filter(isNew).forEach(link);
  return {
    folder,
    runFile: toCopy(resolve(runFile)),
    files: pinned.map(({ path }) => path).filter((path) => isInside(path, folder)),
    links,
    changedFile: () => pinned.find(hasChanged)?.original,
  };
}

/** Records the present content of files that are used in place. Returns the first changed one when called. */
export function signFiles(files: readonly string[]): () => string | undefined {
  const signed = files.map((file) => sign(file, file));
  return () => signed.find(hasChanged)?.original;
}

/** The `package.json` files decide how Node loads a file, and what `#name` means. */
function packageFilesAbove(files: readonly string[]): string[] {
  const all = [...foldersAbove(files)].map((folder) => join(folder, 'package.json'));
  return all.filter((file) => !files.includes(file) && existsSync(file));
}

function packageFoldersAbove(files: readonly string[]): string[] {
  return [...foldersAbove(files)].map((folder) => join(folder, 'node_modules'));
}

/** Returns what lies beside the copied files, outside of the kind's own folder. */
function neighboursOf(kindFolder: string, files: readonly string[]): string[] {
  const folders = new Set([dirname(kindFolder), ...files.map((file) => dirname(file))]);
  return [...folders].filter((folder) => !isInside(folder, kindFolder)).flatMap(entriesOf);
}

/** Returns the entries of a folder that are no kinds of their own. */
function entriesOf(folder: string): string[] {
  const paths = readdirSync(folder)
    .filter((name) => !name.startsWith('.'))
    .slice(0, linksMax)
    .map((name) => join(folder, name));
  return paths.filter(
    (path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true || !isKindFolder(path),
  );
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to, constants.COPYFILE_FICLONE);
  // Whoever may enter the folder of the copies may read them: the file of a closed kind stays behind its folder.
  chmodSync(to, (statSync(from).mode & 0o111) === 0 ? 0o644 : 0o755);
}

interface Signed {
  path: string;
  /** The path by which the operator knows the file. */
  original: string;
  size: number;
  mtimeMs: number;
  sha256: string | undefined;
}

function sign(path: string, original: string): Signed {
  const { size, mtimeMs } = statSync(path);
  return { path, original, size, mtimeMs, sha256: size > copiedBytesMax ? undefined : hashOf(path) };
}

/** A file that was written again with the same bytes has not changed. */
function hasChanged(signed: Signed): boolean {
  const stat = statSync(signed.path, { throwIfNoEntry: false });
  if (stat === undefined || stat.size !== signed.size) return true;
  if (stat.mtimeMs === signed.mtimeMs) return false;
  if (signed.sha256 === undefined || hashOf(signed.path) !== signed.sha256) return true;
  signed.mtimeMs = stat.mtimeMs;
  return false;
}

function hashOf(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}
