import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkKind } from './check-kind.ts';
import type { Kind, KindLimits } from './define-kind.ts';
import { findKindFolders, type KindFolder } from './find-kind-folders.ts';
import { loadModule } from './load-module.ts';

/** A kind that was found on disk. `loadHandler(runFile)` loads its handler, only where it runs. */
export interface CatalogueEntry {
  kind: Kind;
  limits: Required<KindLimits>;
  runFile: string;
  /** False for a kind of KINDS_DIR. */
  isBuiltIn: boolean;
}

/** All kinds by name. */
export type Catalogue = ReadonlyMap<string, CatalogueEntry>;

const defaultLimits = {
  timeoutSeconds: 60,
  maxAttempts: 3,
  memoryMb: 512,
  backoff: 'exponential',
  ratePerMinute: null,
} as const satisfies Required<KindLimits>;
const builtInDir = dirname(fileURLToPath(import.meta.url));

/**
 * Loads all kinds, built-in ones and those in `kindsDir`, sorted by name.
 * Only kind files are loaded, never a handler. All faults are thrown as one error with a line per fault that names the
 * file and the mend.
 */
export async function loadCatalogue(options: { kindsDir?: string | undefined } = {}): Promise<Catalogue> {
  const faults: string[] = [];
  const builtIn = findKindFolders(builtInDir, faults);
  const others = options.kindsDir === undefined ? [] : findKindFolders(options.kindsDir, faults);
  const found = new Map<string, CatalogueEntry>();
  const origins = new Map<string, string>();
  for (const folder of [...builtIn, ...others]) {
    const earlier = origins.get(folder.name);
    if (earlier !== undefined) {
      faults.push(
        `${folder.kindFile}: the kind ${folder.name} is already defined by ${earlier}; rename one of the folders`,
      );
      continue;
    }
    origins.set(folder.name, folder.kindFile);
    const kind = await loadKind(folder, faults);
    const isBuiltIn = builtIn.includes(folder);
    if (kind) found.set(folder.name, { kind, limits: limitsOf(kind), runFile: folder.runFile, isBuiltIn });
  }
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function loadKind(folder: KindFolder, faults: string[]): Promise<Kind | undefined> {
  try {
    const exports = await loadModule(folder.kindFile);
    return checkKind(folder.name, exports['kind']);
  } catch (error) {
    faults.push(`${folder.kindFile}: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

function limitsOf(kind: Kind): Required<KindLimits> {
  const limits = kind.limits ?? {};
  return {
    timeoutSeconds: limits.timeoutSeconds ?? defaultLimits.timeoutSeconds,
    maxAttempts: limits.maxAttempts ?? defaultLimits.maxAttempts,
    memoryMb: limits.memoryMb ?? defaultLimits.memoryMb,
    backoff: limits.backoff ?? defaultLimits.backoff,
    ratePerMinute: limits.ratePerMinute ?? defaultLimits.ratePerMinute,
  };
}
