import { parseBounded, Problem } from '@turno/contract';
import type { CatalogueEntry } from './catalogue.ts';

/**
 * Parses an input by its kind's schema and fills in defaults.
 * Throws `invalid-request` with all faults, each with a JSON pointer below `base`, the pointer of the input in the
 * request.
 */
export function parseInput(entry: CatalogueEntry, input: unknown, base = '/input'): unknown {
  const parsed = parseBounded(entry.kind.input, input, base);
  if (parsed.success) return parsed.data;
  throw new Problem('invalid-request', { errors: parsed.faults });
}
