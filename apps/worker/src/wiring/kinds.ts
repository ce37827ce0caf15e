import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { folderOf } from '@turno/files';
import {
  type Catalogue,
  type CatalogueEntry,
  compileCopies,
  createCopiesFolder,
  findUnloadable,
  importedFiles,
  KindNotLoadable,
  loadCatalogue,
  pinCatalogue,
  type PinnedCatalogue,
  type PinnedCode,
} from '@turno/kinds';
import type { Log, ProcessLife } from '@turno/runtime';
import { type Config, secretFiles } from '../config.ts';
import { findUnloadableInChild } from '../execute/check-handlers.ts';
import { createPinnedKinds, type PinnedKinds } from '../execute/pinned-kinds.ts';
import { childFile } from '../execute/spawn-child.ts';
import { builtInGroup, type Group, type Sandbox } from '../sandbox/cell.ts';
import { createSandbox, folderForCopies } from '../sandbox/create-sandbox.ts';
import { queueSlotsOf } from './queue-slots.ts';

export interface WorkerKinds {
  catalogue: Catalogue;
  pinned: PinnedKinds;
  /** Undefined when this worker runs no `cpu` kinds. */
  sandbox: Sandbox | undefined;
}

const runtimeFiles = [childFile, createRequire(childFile).resolve('@turno/kinds/handlers')].flatMap(importedFiles);

/**
 * Loads the catalogue and copies the code of all kinds that this worker runs, so that a later change of a file has no
 * effect. Throws a `KindNotLoadable` that names each handler that cannot be loaded.
 */
export async function openKinds(settings: Config, { closers, log }: ProcessLife): Promise<WorkerKinds> {
  const found = await loadCatalogue({ kindsDir: settings.KINDS_DIR });
  const closed = closedFolders(settings, found);
  const copies = createCopiesFolder(folderForCopies(closed));
  closers.add('copies of kinds', () => copies.remove());
  const slots = queueSlotsOf(settings);
  const { catalogue, codes } = pinCatalogue(found, {
    folder: copies.kinds,
    isServed: ({ kind }) => slots[kind.queue] !== undefined,
  });
  const pinned = createPinnedKinds({ codes: codes.values(), runtimeFiles, log });
  const entries = [...catalogue.values()].filter(({ kind }) => codes.has(kind.name));
  const cpuEntries = entries.filter(({ kind }) => kind.queue === 'cpu');
  const faults = await findUnloadable(entries.filter(({ kind }) => kind.queue === 'io'));
  let sandbox: Sandbox | undefined;
  if (cpuEntries.length > 0) {
    const byGroup = codesByGroup(cpuEntries, codes);
    sandbox = await createSandbox({ copies: copies.path, codes: byGroup, runtimeFiles, closed, secretFiles, log });
    closers.add('sandbox', () => sandbox?.close());
    const outside = cpuEntries.filter(({ isBuiltIn }) => !isBuiltIn);
    faults.push(...(await findUnloadableOutside(outside, { codes, sandbox, log })));
  }
  if (faults.length > 0) throw new KindNotLoadable(faults.map(pinned.toOriginalPaths));
  return { catalogue, pinned, sandbox };
}

interface OutsideParts {
  codes: PinnedCatalogue['codes'];
  sandbox: Sandbox;
  log: Log;
}

/** Compiles the kinds of KINDS_DIR here, where the result can be kept, and loads them in a child. */
async function findUnloadableOutside(
  entries: CatalogueEntry[],
  { codes, sandbox, log }: OutsideParts,
): Promise<string[]> {
  if (entries.length === 0) return [];
  await compileCopies(entries.flatMap(({ kind }) => codes.get(kind.name) ?? []));
  return findUnloadableInChild(entries, { sandbox, outputBytesMax: 0, log });
}

/** Handlers must read neither stored files and secrets nor the code of other kinds. */
function closedFolders(settings: Config, catalogue: Catalogue): string[] {
  const kindFolders = [...catalogue.values()]
    .filter(({ isBuiltIn }) => !isBuiltIn)
    .map(({ runFile }) => dirname(runFile));
  const kindsDir = settings.KINDS_DIR === undefined ? [] : [settings.KINDS_DIR];
  return [settings.DATA_DIR, folderOf(settings), ...kindsDir, ...kindFolders];
}

function codesByGroup(entries: readonly CatalogueEntry[], codes: PinnedCatalogue['codes']) {
  const byGroup = new Map<Group, PinnedCode[]>();
  for (const { kind, isBuiltIn } of entries) {
    const group = isBuiltIn ? builtInGroup : kind.name;
    byGroup.set(group, [...(byGroup.get(group) ?? []), ...[codes.get(kind.name) ?? []].flat()]);
  }
  return byGroup;
}
