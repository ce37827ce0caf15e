import { dirname, join, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { defineKind } from './define-kind.ts';
import { isPermanentFailure, PermanentFailure } from './permanent-failure.ts';
import { isRetryLater, RetryLater } from './retry-later.ts';

const ownDir = dirname(fileURLToPath(import.meta.url)) + sep;

/**
 * The cache of compiled files, which saves the next process half a second of its start.
 * The cache is in Turno's own folder and is as trusted as the code beside it; jiti's default is a folder under /tmp
 * that other users can write to.
 */
const compiledDir = join(ownDir, '.compiled');

/** The exports of `@turno/kinds` for kinds in KINDS_DIR. */
const kindsApi = { defineKind, isPermanentFailure, PermanentFailure, isRetryLater, RetryLater };

let externalLoader: Promise<(file: string) => Promise<unknown>> | undefined;

/**
 * Loads a kind or run file, once per process.
 * Files in KINDS_DIR may be TypeScript on every supported Node, and get `zod` and `@turno/kinds` from Turno itself,
 * whether or not a copy is installed next to them.
 */
export async function loadModule(file: string): Promise<Record<string, unknown>> {
  const loaded: unknown = file.startsWith(ownDir) ? await import(pathToFileURL(file).href) : await loadExternal(file);
  return typeof loaded === 'object' && loaded !== null ? { ...loaded } : {};
}

async function loadExternal(file: string): Promise<unknown> {
  externalLoader ??= createExternalLoader();
  return (await externalLoader)(file);
}

/** jiti and zod are loaded on first use: they are most of the start time of a process that runs built-in handlers. */
async function createExternalLoader(): Promise<(file: string) => Promise<unknown>> {
  const [{ createJiti }, zod] = await Promise.all([import('jiti'), import('zod')]);
  const virtualModules = { zod, 'zod/v4': zod, '@turno/kinds': kindsApi };
  const jiti = createJiti(import.meta.url, { virtualModules, fsCache: compiledDir, interopDefault: false });
  return (path) => jiti.import(path);
}
