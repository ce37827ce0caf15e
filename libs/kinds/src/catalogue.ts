import type { Kind, KindLimits } from './define-kind.ts';

/** A kind as found on disk. Its handler is loaded by `loadHandler(runFile)`, only where it runs. */
export interface CatalogueEntry {
  kind: Kind;
  limits: Required<KindLimits>;
  runFile: string;
}

export type Catalogue = ReadonlyMap<string, CatalogueEntry>;
