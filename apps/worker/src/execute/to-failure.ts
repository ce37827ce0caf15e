import type { AttemptResult } from '@turno/jobs';
import { isPermanentFailure, isRetryLater } from '@turno/kinds/handlers';
import type { PlainFailure } from './messages.ts';

const memoryText = /out of memory|cannot allocate memory|allocation failed|failed to allocate/i;

/** Converts a thrown value of any type to a failure that can be stored and sent. */
export function toFailure(thrown: unknown): PlainFailure {
  const message = describe(thrown);
  if (isPermanentFailure(thrown)) return { code: codeOf(thrown.code), message, permanent: true };
  const permanent = false;
  if (isRetryLater(thrown))
    return { code: codeOf(thrown.code), message, permanent, retryAfterMs: waitOf(thrown.afterMs) };
  if (thrown instanceof Error && memoryText.test(message)) return { code: 'out-of-memory', message, permanent };
  return { code: 'handler-error', message, permanent };
}

/**
 * Converts a thrown value to the result of an attempt.
 * An unexpected error has its stack, so that its place in the code can be found.
 */
export function toFailedResult(thrown: unknown): AttemptResult {
  const failure = toFailure(thrown);
  const stack = failure.code === 'handler-error' ? stackOf(thrown) : undefined;
  return { ok: false, ...failure, ...(stack !== undefined && { stack }) };
}

const stackCharsMax = 4_000;

function stackOf(thrown: unknown): string | undefined {
  try {
    return thrown instanceof Error ? String(thrown.stack).slice(0, stackCharsMax) : undefined;
  } catch {
    return undefined;
  }
}

/** The longest wait that a handler or a remote server may ask for. */
const retryAfterMsMax = 3_600_000;

function waitOf(afterMs: unknown): number {
  return typeof afterMs === 'number' && afterMs > 0 ? Math.min(afterMs, retryAfterMsMax) : 0;
}

/** Returns a valid code: a kind in plain JavaScript may give any value. */
function codeOf(code: unknown): string {
  return typeof code === 'string' && /^[a-z0-9][a-z0-9-]{0,63}$/.test(code) ? code : 'handler-error';
}

/** Returns the message as text. An error may have a message of another type, which would break a later step. */
function describe(thrown: unknown): string {
  try {
    if (thrown instanceof Error) {
      const fields: { message: unknown; name: unknown } = thrown;
      return String(fields.message || fields.name);
    }
    if (typeof thrown === 'symbol') return `The handler threw ${String(thrown)}.`;
    return typeof thrown === 'string' ? thrown : `The handler threw ${JSON.stringify(thrown)}.`;
  } catch {
    return 'The handler threw a value that cannot be converted to text.';
  }
}
