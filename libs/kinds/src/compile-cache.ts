import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { TransformOptions } from 'jiti';
import { splitCopyPath } from './pin/copies-folder.ts';

export interface CompilerOptions {
  compile: (options: TransformOptions) => string;
  /**
   * The folder of the compiled files. Only the user who compiled them may read them: they are the code of all kinds.
   */
  folder: string;
  /** Of the compiler: another version compiles anew. */
  version: string;
}

/** Stands for the folder of the copies, whose name differs at each start. Compiled code contains its own path. */
const anyCopy = '/turno-copy';
const compiledInCopy = '.compiled';

export interface Compiler {
  compile(options: TransformOptions): string;
  /** Compiles a copied file and stores the result in its copy, for processes that may read only that. */
  compileIntoCopy(options: TransformOptions): void;
}

/**
 * Wraps a compiler with a cache of files, one for each source file.
 * It has the compiled code also for a copy of the file. A source with a fault is compiled again each time.
 */
export function createCompiler({ compile, folder, version }: CompilerOptions): Compiler {
  const run = (options: TransformOptions, storeInCopy: boolean) => {
    const { source, filename = '', ...flags } = options;
    const { copy, original } = splitCopyPath(filename);
    const cachedName = copy === '' ? filename : anyCopy + original;
    const key = hashOf(JSON.stringify([cachedName, flags])).slice(0, 8);
    const name = `${basename(dirname(filename))}-${basename(filename)}.${key}.mjs`;
    const [file, inCopy] = [join(folder, name), join(copy, compiledInCopy, name)];
    const mark = `\n// ${version} ${hashOf(source)}\n`;
    const cached = (copy === '' ? undefined : readIfMarked(inCopy, mark)) ?? readIfMarked(file, mark);
    const code = cached ?? compile({ ...options, filename: cachedName });
    if (cached === undefined && !hasFault(code)) write(file, code + mark, 0o600);
    if (storeInCopy && copy !== '' && !hasFault(code)) write(inCopy, code + mark, 0o644);
    return withPath(code, cachedName, filename);
  };
  return { compile: (options) => run(options, false), compileIntoCopy: (options) => void run(options, true) };
}

/** jiti compiles a source with a fault to code that throws the fault. */
function hasFault(code: string): boolean {
  return code.includes('__JITI_ERROR__');
}

function withPath(code: string, from: string, to: string): string {
  if (from === to) return code;
  const [fromUrl, toUrl] = [from, to].map((path) => pathToFileURL(path).href);
  return code
    .replaceAll(fromUrl ?? from, toUrl ?? to)
    .replaceAll(from, to)
    .replaceAll(JSON.stringify(dirname(from)), JSON.stringify(dirname(to)));
}

function readIfMarked(file: string, mark: string): string | undefined {
  try {
    const text = readFileSync(file, 'utf8');
    return text.endsWith(mark) ? text.slice(0, -mark.length) : undefined;
  } catch {
    return undefined;
  }
}

function write(file: string, text: string, mode: number): void {
  const draft = `${file}.${process.pid}`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    chmodSync(dirname(file), mode === 0o644 ? 0o755 : 0o700);
    writeFileSync(draft, text, { mode });
    chmodSync(draft, mode);
    renameSync(draft, file);
  } catch {
    rmSync(draft, { force: true }); // a folder of another user
  }
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
