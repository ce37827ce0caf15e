import type { AttemptResult } from '@turno/jobs';

/** The result of an attempt that was stopped from outside: the signal's reason says why. */
export function stopResult(signal: AbortSignal): AttemptResult {
  const reason = signal.reason as { code?: unknown; message?: unknown } | undefined;
  return {
    ok: false,
    code: typeof reason?.code === 'string' ? reason.code : 'stopped',
    message: typeof reason?.message === 'string' ? reason.message : 'The attempt was stopped.',
    permanent: false,
  };
}
