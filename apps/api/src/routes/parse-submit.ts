import { Problem, submitRequest, toFaults, type Fault, type SubmitRequest } from '@turno/contract';
import type { Catalogue } from '@turno/kinds';

/**
 * Parses the envelope of a submit. When it has faults, those of the input are looked up as well, so that a client hears of
 * all of them at once; the input of a good envelope is parsed where the job is made.
 */
export function parseSubmit(catalogue: Catalogue, body: unknown): SubmitRequest {
  const parsed = submitRequest.safeParse(body);
  if (parsed.success) return parsed.data;
  const errors = [...toFaults(parsed.error.issues), ...inputFaults(catalogue, body)];
  throw new Problem('invalid-request', { detail: countOf(errors), errors });
}

function inputFaults(catalogue: Catalogue, body: unknown): Fault[] {
  if (typeof body !== 'object' || body === null || !('kind' in body)) return [];
  const entry = catalogue.get(String(body.kind));
  const parsed = entry?.kind.input.safeParse('input' in body ? body.input : undefined);
  return parsed?.error ? toFaults(parsed.error.issues, '/input') : [];
}

function countOf({ length }: Fault[]): string {
  return length === 1 ? 'There is one fault, see errors.' : `There are ${length} faults, see errors.`;
}
