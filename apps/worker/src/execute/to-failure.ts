import type { AttemptResult } from '@turno/jobs';
import { isPermanentFailure } from '@turno/kinds';
import type { PlainFailure } from './messages.ts';

const memoryText = /out of memory|cannot allocate memory|allocation failed|failed to allocate/i;

/** What a handler threw, whatever it is, as a failure that can be stored and sent. */
export function toFailure(thrown: unknown): PlainFailure {
  if (isPermanentFailure(thrown)) return { code: thrown.code, message: thrown.message, permanent: true };
  const message = describe(thrown);
  const permanent = false;
  if (thrown instanceof Error && memoryText.test(message)) return { code: 'out-of-memory', message, permanent };
  return { code: 'handler-error', message, permanent };
}

export function toFailedResult(thrown: unknown): AttemptResult {
  return { ok: false, ...toFailure(thrown) };
}

function describe(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message || thrown.name;
  try {
    return typeof thrown === 'string' ? thrown : `The handler threw ${JSON.stringify(thrown)}.`;
  } catch {
    return 'The handler threw something that cannot be shown.';
  }
}
