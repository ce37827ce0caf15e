import { readdirSync, type Dirent } from 'node:fs';
import { join, resolve } from 'node:path';

/** A folder with a kind file and a run file, which are not loaded yet. */
export interface KindFolder {
  name: string;
  kindFile: string;
  runFile: string;
}

const extensions = ['ts', 'mts', 'js', 'mjs'];
const namePattern = /^[a-z][a-z0-9]*(-[a-z0-9]+)*(\.[a-z][a-z0-9]*(-[a-z0-9]+)*)*$/;
const nameCharsMax = 100;

/**
 * Finds the kind folders in `dir`, sorted by name.
 * Folders with neither a kind nor a run file are skipped (shared code, node_modules). A missing file, two candidates
 * for a file, or an invalid name is added to `faults`.
 */
export function findKindFolders(dir: string, faults: string[]): KindFolder[] {
  const root = resolve(dir);
  const found: KindFolder[] = [];
  for (const entry of readFolder(root, faults)) {
    if (!entry.isDirectory() && !entry.isSymbolicLink()) continue;
    const folder = readKindFolder(root, entry.name, faults);
    if (folder) found.push(folder);
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function readFolder(root: string, faults: string[]): Dirent[] {
  try {
    return readdirSync(root, { withFileTypes: true });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    faults.push(`${root}: is not a readable folder (${reason}); create it, or unset KINDS_DIR`);
    return [];
  }
}

function readKindFolder(root: string, name: string, faults: string[]): KindFolder | undefined {
  const folder = join(root, name);
  const files = listFiles(folder);
  const kindFile = findOne('kind', folder, { files, faults });
  const runFile = findOne('run', folder, { files, faults });
  if (kindFile === undefined && runFile === undefined) return undefined;
  if (!namePattern.test(name) || name.length > nameCharsMax) {
    faults.push(
      `${folder}: is not a valid name of a kind; use lower-case words with dots or dashes, such as report.usage`,
    );
    return undefined;
  }
  if (kindFile === undefined) faults.push(`${folder}: has a run file but no kind.ts; add one, or rename the run file`);
  if (runFile === undefined) faults.push(`${folder}: has a kind file but no run.ts; add one that exports run`);
  return kindFile === undefined || runFile === undefined ? undefined : { name, kindFile, runFile };
}

/** Returns no files for a symbolic link to a file or to nowhere. */
function listFiles(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function findOne(stem: string, folder: string, search: { files: string[]; faults: string[] }): string | undefined {
  const present = extensions.map((extension) => `${stem}.${extension}`).filter((file) => search.files.includes(file));
  const [first, second] = present;
  if (second !== undefined) search.faults.push(`${folder}: has both ${first} and ${second}; delete one of them`);
  return first === undefined ? undefined : join(folder, first);
}
