import { type FaultList, parseBounded } from '@turno/contract';
import type { AttemptResult } from '@turno/jobs';
import type { Kind } from '@turno/kinds';
import { outputTooLarge } from './output-too-large.ts';

/**
 * Checks an output by its kind's schema, as JSON, and by its size.
 * Returns the parsed output, or a permanent failure.
 */
export function checkOutput(kind: Kind, result: AttemptResult, bytesMax: number): AttemptResult {
  if (!result.ok) return result;
  const parsed = parseBounded(kind.output, result.output);
  if (!parsed.success) return invalid(describeFaults(parsed.faults));
  try {
    const text: unknown = JSON.stringify(parsed.data);
    if (typeof text !== 'string') return invalid('it is not a JSON value');
    const bytes = Buffer.byteLength(text);
    return bytes <= bytesMax ? { ok: true, output: parsed.data } : outputTooLarge(`${bytes} bytes of JSON`, bytesMax);
  } catch (error) {
    return invalid(error instanceof Error ? error.message : String(error));
  }
}

const faultsShown = 5;

function describeFaults({ faults, count }: FaultList): string {
  const shown = faults.slice(0, faultsShown).map(({ pointer, detail }) => `${pointer || 'the output'}: ${detail}`);
  return [...shown, ...(count > shown.length ? [`and ${count - shown.length} more faults`] : [])].join('; ');
}

function invalid(reason: string): AttemptResult {
  const message = `The output does not match the output schema of the kind: ${reason}`;
  return { ok: false, code: 'output-invalid', message, permanent: true };
}
