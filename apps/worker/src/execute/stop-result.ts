import type { AttemptResult } from '@turno/jobs';

/** Returns the result of an attempt that was stopped from outside, with the reason of its signal. */
export function stopResult(signal: AbortSignal): AttemptResult {
  const reason = signal.reason as { code?: unknown; message?: unknown } | undefined;
  return {
    ok: false,
    code: typeof reason?.code === 'string' ? reason.code : 'stopped',
    message: typeof reason?.message === 'string' ? reason.message : 'The attempt was stopped.',
    permanent: false,
  };
}
