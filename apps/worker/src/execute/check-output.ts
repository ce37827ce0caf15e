import type { AttemptResult } from '@turno/jobs';
import type { Kind } from '@turno/kinds';
import { z } from 'zod';
import { tooLarge } from './too-large.ts';

/** An output that breaks the kind's own promise, that JSON cannot carry or that is too large would only fail somebody else later. */
export function checkOutput(kind: Kind, result: AttemptResult, bytesMax: number): AttemptResult {
  if (!result.ok) return result;
  const parsed = kind.output.safeParse(result.output);
  if (!parsed.success) return invalid(z.prettifyError(parsed.error));
  try {
    const text: unknown = JSON.stringify(parsed.data);
    if (typeof text !== 'string') return invalid('it is not a JSON value');
    const bytes = Buffer.byteLength(text);
    return bytes <= bytesMax ? { ok: true, output: parsed.data } : tooLarge(`${bytes} bytes of JSON`, bytesMax);
  } catch (error) {
    return invalid(error instanceof Error ? error.message : String(error));
  }
}

function invalid(reason: string): AttemptResult {
  const message = `The handler returned what its kind does not promise: ${reason}`;
  return { ok: false, code: 'output-invalid', message, permanent: true };
}
