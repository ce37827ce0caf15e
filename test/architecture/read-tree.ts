import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';

export interface SourceFile {
  /** From the root, with forward slashes. */
  path: string;
  text: string;
}

export interface Package {
  /** `libs/jobs`; the root itself is `.`. */
  folder: string;
  name: string;
  declared: ReadonlySet<string>;
  files: SourceFile[];
}

interface Manifest {
  name: string;
  dependencies?: object;
  devDependencies?: object;
  peerDependencies?: object;
}

const skipped = new Set(['node_modules', 'dist', '.git', '.turno']);

/** Every package under `apps` and `libs`, and the root with its `scripts` and `test`. */
export function readTree(root: string): Package[] {
  const folders = ['libs', 'apps'].flatMap((parent) =>
    list(join(root, parent))
      .filter((entry) => existsSync(join(root, parent, entry, 'package.json')))
      .map((entry) => `${parent}/${entry}`),
  );
  return [...folders.map((folder) => readPackage(root, folder, [folder])), readPackage(root, '.', ['scripts', 'test'])];
}

function readPackage(root: string, folder: string, sources: readonly string[]): Package {
  const manifest: Manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  const { dependencies, devDependencies, peerDependencies } = manifest;
  return {
    folder,
    name: manifest.name,
    declared: new Set(Object.keys({ ...dependencies, ...(folder === '.' ? devDependencies : peerDependencies) })),
    files: sources.flatMap((source) => walk(join(root, source))).map((file) => readSource(root, file)),
  };
}

function readSource(root: string, file: string): SourceFile {
  return { path: file.slice(root.length + 1).replaceAll(sep, '/'), text: readFileSync(file, 'utf8') };
}

function list(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).filter((entry) => !skipped.has(entry)) : [];
}

function walk(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !skipped.has(entry.name))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return walk(path);
      return entry.isFile() && /\.[cm]?[jt]sx?$/.test(entry.name) ? [path] : [];
    });
}
