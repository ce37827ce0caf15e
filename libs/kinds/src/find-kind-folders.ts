import { readdirSync, type Dirent } from 'node:fs';
import { join, resolve } from 'node:path';

/** A folder that holds a kind. Its files are there; what stands in them has not been looked at. */
export interface KindFolder {
  name: string;
  kindFile: string;
  runFile: string;
}

const extensions = ['ts', 'mts', 'js', 'mjs'];
const namePattern = /^[a-z][a-z0-9]*(-[a-z0-9]+)*(\.[a-z][a-z0-9]*(-[a-z0-9]+)*)*$/;
const nameCharsMax = 100;

/**
 * The kinds in `dir`, one folder each, in the order of their names. Folders with neither a kind nor a run file are passed
 * over (shared code, node_modules); half a kind, two candidates or an unusable name are told in `faults`.
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
    faults.push(`${root}: is no folder that can be read (${reason}); make it, or unset KINDS_DIR`);
    return [];
  }
}

function readKindFolder(root: string, name: string, faults: string[]): KindFolder | undefined {
  const folder = join(root, name);
  const files = listFiles(folder);
  const kindFile = theOne('kind', folder, { files, faults });
  const runFile = theOne('run', folder, { files, faults });
  if (kindFile === undefined && runFile === undefined) return undefined;
  if (!namePattern.test(name) || name.length > nameCharsMax) {
    faults.push(`${folder}: is no name for a kind; use lower-case words with dots or dashes, such as report.usage`);
    return undefined;
  }
  if (kindFile === undefined)
    faults.push(`${folder}: holds a run file but no kind.ts; add one, or rename the run file`);
  if (runFile === undefined) faults.push(`${folder}: holds a kind but no run.ts; add one that exports run`);
  return kindFile === undefined || runFile === undefined ? undefined : { name, kindFile, runFile };
}

/** A link may lead to a file or to nowhere; then the folder holds nothing of interest. */
function listFiles(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function theOne(stem: string, folder: string, seen: { files: string[]; faults: string[] }): string | undefined {
  const present = extensions.map((extension) => `${stem}.${extension}`).filter((file) => seen.files.includes(file));
  const [first, second] = present;
  if (second !== undefined) seen.faults.push(`${folder}: holds both ${first} and ${second}; keep one`);
  return first === undefined ? undefined : join(folder, first);
}
