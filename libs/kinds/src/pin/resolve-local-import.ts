import { statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const extensions = ['.ts', '.mts', '.cts', '.tsx', '.js', '.mjs', '.cjs', '.jsx', '.json'];
/** A TypeScript file may be imported by the name of its output. */
const sourceOf: Readonly<Record<string, string[]>> = {
  '.js': ['.ts', '.tsx'],
  '.mjs': ['.mts'],
  '.cjs': ['.cts'],
  '.jsx': ['.tsx'],
};

/** Returns the file or the folder that a relative path in `file` leads to; undefined when it leads nowhere. */
export function resolveLocalImport(file: string, path: string): { path: string; isFolder: boolean } | undefined {
  const target = resolve(dirname(file), path);
  const found = candidatesOf(target).find((candidate) => isFile(candidate));
  if (found !== undefined) return { path: found, isFolder: false };
  return statOf(target)?.isDirectory() === true ? { path: target, isFolder: true } : undefined;
}

/** Returns whether the code of this file may import others. */
export function isCode(file: string): boolean {
  return extensions.some((extension) => extension !== '.json' && file.endsWith(extension));
}

function candidatesOf(target: string): string[] {
  const swapped = Object.entries(sourceOf).flatMap(([output, sources]) =>
    target.endsWith(output) ? sources.map((source) => target.slice(0, -output.length) + source) : [],
  );
  const added = extensions.map((extension) => target + extension);
  const index = extensions.map((extension) => join(target, `index${extension}`));
  return [target, ...swapped, ...added, ...index];
}

function isFile(path: string): boolean {
  return statOf(path)?.isFile() === true;
}

function statOf(path: string) {
  return statSync(path, { throwIfNoEntry: false });
}
