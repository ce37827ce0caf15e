import { TurnoError } from './turno-error.ts';

const retryAfterMsMax = 10_000;

/** Too many requests, or a database that restarts: neither says anything about the job. Anything else is thrown on. */
export async function pauseWhenBusy(error: unknown, signal?: AbortSignal): Promise<undefined> {
  if (!isBusy(error)) throw error;
  await pause(Math.min(1_000 * (error.retryAfterSeconds ?? 1), retryAfterMsMax), signal);
}

/** True for what passes by itself soon. The requests of a month come back with the next one: nobody should wait for that. */
export function isBusy(error: unknown): error is TurnoError {
  if (!(error instanceof TurnoError) || error.code === 'quota-exceeded') return false;
  return error.status === 429 || error.status === 503;
}

/** Over at once when the signal aborts: whoever pauses looks at it next. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, signal?.aborted ? 0 : ms);
    signal?.addEventListener('abort', end);
  });
}
