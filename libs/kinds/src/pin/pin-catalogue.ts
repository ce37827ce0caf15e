import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Catalogue, CatalogueEntry } from '../catalogue.ts';
import { loadHandler } from '../load-handler.ts';
import { compileAhead } from '../load-module.ts';
import { pinCode, type PinnedCode } from './pin-code.ts';
import { isCode } from './resolve-local-import.ts';

/** The code of these kinds cannot be used. The message has one line per kind, with the file and the mend. */
export class KindNotLoadable extends Error {
  readonly code = 'kind-not-loadable';

  constructor(faults: readonly string[]) {
    const lines = faults.map((fault) => fault.replaceAll(/\s+/g, ' ').trim().slice(0, faultCharsMax));
    super(lines.map((line) => `kind-not-loadable: ${line}; mend the file and start again`).join('\n'));
    this.name = 'KindNotLoadable';
  }
}

/** A larger file is hardly a source of its kind. */
const compiledBytesMax = 256 * 1024;

export interface PinnedCatalogue {
  /** The run files of pinned kinds are their copies. */
  catalogue: Catalogue;
  codes: ReadonlyMap<string, PinnedCode>;
}

/** Of one fault: an uncaught error comes with its stack. */
const faultCharsMax = 1_000;

export interface PinOptions {
  /** The folder of the copies. */
  folder: string;
  /** Returns whether handlers of this kind run here; others are not copied. */
  isServed(entry: CatalogueEntry): boolean;
}

/** Copies the code of all served kinds. Throws a `KindNotLoadable` that names all kinds that cannot be copied. */
export function pinCatalogue(catalogue: Catalogue, { folder, isServed }: PinOptions): PinnedCatalogue {
  const codes = new Map<string, PinnedCode>();
  const faults: string[] = [];
  // The copies are readable to whom their folder lets in, whatever the umask of this process is.
  const umask = process.umask(0o022);
  const entries = [...catalogue].map(([name, entry]): [string, CatalogueEntry] => {
    if (!isServed(entry)) return [name, entry];
    try {
      const code = pinCode(entry.runFile, join(folder, name));
      codes.set(name, code);
      return [name, { ...entry, runFile: code.runFile }];
    } catch (error) {
      faults.push(faultOf(entry.runFile, error));
      return [name, entry];
    }
  });
  process.umask(umask);
  if (faults.length > 0) throw new KindNotLoadable(faults);
  return { catalogue: new Map(entries), codes };
}

/** Compiles the copies of kinds of KINDS_DIR. A fault is found by whoever loads the file. */
export async function compileCopies(codes: readonly PinnedCode[]): Promise<void> {
  const files = codes.flatMap((code) => code.files.filter(isCode));
  for (const file of files) if (statSync(file).size <= compiledBytesMax) await compileAhead(file);
}

/** Loads the handlers in this process. Returns one line for each that cannot be loaded. */
export async function findUnloadable(entries: readonly CatalogueEntry[]): Promise<string[]> {
  const faults: string[] = [];
  for (const { runFile } of entries) {
    await loadHandler(runFile).catch((error: unknown) => faults.push(faultOf(runFile, error)));
  }
  return faults;
}

function faultOf(file: string, error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  return reason.includes(file) ? reason : `${file}: ${reason}`;
}
