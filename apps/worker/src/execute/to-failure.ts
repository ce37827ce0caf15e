import type { AttemptResult } from '@turno/jobs';
import { isPermanentFailure, isRetryLater } from '@turno/kinds/handlers';
import type { PlainFailure } from './messages.ts';

const memoryText = /out of memory|cannot allocate memory|allocation failed|failed to allocate/i;

/** What a handler threw, whatever it is, as a failure that can be stored and sent. */
export function toFailure(thrown: unknown): PlainFailure {
  const message = describe(thrown);
  if (isPermanentFailure(thrown)) return { code: codeOf(thrown.code), message, permanent: true };
  const permanent = false;
  if (isRetryLater(thrown))
    return { code: codeOf(thrown.code), message, permanent, retryAfterMs: waitOf(thrown.afterMs) };
  if (thrown instanceof Error && memoryText.test(message)) return { code: 'out-of-memory', message, permanent };
  return { code: 'handler-error', message, permanent };
}

/** With where it was thrown, unless the handler chose its words: an error that nobody expected has to be found in its code. */
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

/** Whatever the far side asks for, a job is not put off for longer. */
const retryAfterMsMax = 3_600_000;

function waitOf(afterMs: unknown): number {
  return typeof afterMs === 'number' && afterMs > 0 ? Math.min(afterMs, retryAfterMsMax) : 0;
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
