import { Problem, toFaults } from '@turno/contract';
import type { CatalogueEntry } from './catalogue.ts';

/**
 * The input as the handler will get it, defaults filled in. Throws `invalid-request` with every fault, each with its JSON
 * pointer below `base`, which is where the input stands in the request.
 */
export function parseInput(entry: CatalogueEntry, input: unknown, base = '/input'): unknown {
  const parsed = entry.kind.input.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new Problem('invalid-request', { errors: toFaults(parsed.error.issues, base) });
}
