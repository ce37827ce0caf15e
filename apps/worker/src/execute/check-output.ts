import type { AttemptResult } from '@turno/jobs';
import type { Kind } from '@turno/kinds';
import { z } from 'zod';

/** An output that breaks the kind's own promise, or that JSON cannot carry, would only fail somebody else later. */
export function checkOutput(kind: Kind, result: AttemptResult): AttemptResult {
  if (!result.ok) return result;
  const parsed = kind.output.safeParse(result.output);
  if (!parsed.success) return invalid(z.prettifyError(parsed.error));
  try {
    const text: unknown = JSON.stringify(parsed.data);
    return typeof text === 'string' ? { ok: true, output: parsed.data } : invalid('it is not a JSON value');
  } catch (error) {
    return invalid(error instanceof Error ? error.message : String(error));
  }
}

function invalid(reason: string): AttemptResult {
  const message = `The handler returned what its kind does not promise: ${reason}`;
  return { ok: false, code: 'output-invalid', message, permanent: true };
}
