import { dirname, join, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { defineKind } from './define-kind.ts';
import { isPermanentFailure, PermanentFailure } from './permanent-failure.ts';
import { isRetryLater, RetryLater } from './retry-later.ts';

const ownDir = dirname(fileURLToPath(import.meta.url)) + sep;

/**
 * What a file was compiled to, for the next process: that takes half a second of most starts. Used only where this process may write, so it is
 * trusted as far as Turno's own code beside it; jiti's default is a folder under /tmp that others can write to.
 */
const compiledDir = join(ownDir, '.compiled');

/** What a kind from outside may import of `@turno/kinds`. */
const ours = { defineKind, isPermanentFailure, PermanentFailure, isRetryLater, RetryLater };

let outside: Promise<(file: string) => Promise<unknown>> | undefined;

/**
 * Loads a kind or run file, once per process and as it is now. Files from outside may be TypeScript on any Node that Turno runs on, and get
 * `zod` and `@turno/kinds` from Turno itself, whether or not a copy is installed next to them.
 */
export async function loadModule(file: string): Promise<Record<string, unknown>> {
  const loaded: unknown = file.startsWith(ownDir) ? await import(pathToFileURL(file).href) : await loadOutside(file);
  return typeof loaded === 'object' && loaded !== null ? { ...loaded } : {};
}

async function loadOutside(file: string): Promise<unknown> {
  outside ??= openOutside();
  return (await outside)(file);
}

/** Both libraries are loaded on first use: they are most of what a process that runs built-in handlers would start with. */
async function openOutside(): Promise<(file: string) => Promise<unknown>> {
  const [{ createJiti }, zod] = await Promise.all([import('jiti'), import('zod')]);
  const virtualModules = { zod, 'zod/v4': zod, '@turno/kinds': ours };
  const jiti = createJiti(import.meta.url, { virtualModules, fsCache: compiledDir, interopDefault: false });
  return (path) => jiti.import(path);
}
