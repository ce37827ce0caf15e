import type { AttemptResult } from '@turno/jobs';
import { isPermanentFailure } from '@turno/kinds';
import type { PlainFailure } from './messages.ts';

const memoryText = /out of memory|cannot allocate memory|allocation failed|failed to allocate/i;

/** What a handler threw, whatever it is, as a failure that can be stored and sent. */
export function toFailure(thrown: unknown): PlainFailure {
  const message = describe(thrown);
  if (isPermanentFailure(thrown)) return { code: codeOf(thrown.code), message, permanent: true };
  const permanent = false;
  if (thrown instanceof Error && memoryText.test(message)) return { code: 'out-of-memory', message, permanent };
  return { code: 'handler-error', message, permanent };
}

export function toFailedResult(thrown: unknown): AttemptResult {
  return { ok: false, ...toFailure(thrown) };
}

/** A kind in plain JavaScript may have given anything. */
function codeOf(code: unknown): string {
  return typeof code === 'string' && /^[a-z0-9][a-z0-9-]{0,63}$/.test(code) ? code : 'handler-error';
}

/** Always text, although an error's message need not be: a later step would stumble over it and leave the job running. */
function describe(thrown: unknown): string {
  try {
    if (thrown instanceof Error) {
      const said: { message: unknown; name: unknown } = thrown;
      return String(said.message || said.name);
    }
    if (typeof thrown === 'symbol') return `The handler threw ${String(thrown)}.`;
    return typeof thrown === 'string' ? thrown : `The handler threw ${JSON.stringify(thrown)}.`;
  } catch {
    return 'The handler threw something that cannot be shown.';
  }
}
