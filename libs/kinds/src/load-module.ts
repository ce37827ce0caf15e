import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { TransformOptions } from 'jiti';
import type { Compiler } from './compile-cache.ts';
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

interface ExternalLoader {
  load(file: string): Promise<unknown>;
  compileIntoCopy: Compiler['compileIntoCopy'];
}

let externalLoader: Promise<ExternalLoader> | undefined;

/**
 * Loads a kind or run file, once per process.
 * A copy of a built-in kind has its whole path below the folder of the copies, and is recognised by that.
 * Files in KINDS_DIR may be TypeScript on every supported Node, and get `zod` and `@turno/kinds` from Turno itself,
 * whether or not a copy is installed next to them.
 */
export async function loadModule(file: string): Promise<Record<string, unknown>> {
  const loaded: unknown = file.includes(ownDir) ? await import(pathToFileURL(file).href) : await loadExternal(file);
  return typeof loaded === 'object' && loaded !== null ? { ...loaded } : {};
}

/** Compiles a copied code file, for the processes that may read the copy but not the cache. */
export async function compileAhead(file: string): Promise<void> {
  const ts = /\.[cm]?tsx?$/.test(file);
  const { compileIntoCopy } = await (externalLoader ??= createExternalLoader());
  // As jiti asks for it when it loads the file by an import.
  const options = { babel: {}, interopDefault: false, filename: file, ts, async: true, jsx: false };
  compileIntoCopy({ ...options, source: await readFile(file, 'utf8') });
}

async function loadExternal(file: string): Promise<unknown> {
  const { load } = await (externalLoader ??= createExternalLoader());
  return load(file);
}

/** jiti and zod are loaded on first use: they are most of the start time of a process that runs built-in handlers. */
async function createExternalLoader(): Promise<ExternalLoader> {
  const [{ createJiti }, zod, { createCompiler }] = await Promise.all([
    import('jiti'),
    import('zod'),
    import('./compile-cache.ts'),
  ]);
  const virtualModules = { zod, 'zod/v4': zod, '@turno/kinds': kindsApi };
  const compiler = createJiti(import.meta.url, { fsCache: false });
  const { version } = createRequire(import.meta.url)('jiti/package.json') as { version: string };
  const { compile, compileIntoCopy } = createCompiler({
    compile: (options) => compiler.transform(options),
    folder: compiledDir,
    version: `jiti ${version}`,
  });
  const options = {
    virtualModules,
    fsCache: false,
    interopDefault: false,
    transform: (each: TransformOptions) => ({ code: compile(each) }),
  };
  const jiti = createJiti(import.meta.url, options);
  return { load: (path) => jiti.import(path), compileIntoCopy };
}
