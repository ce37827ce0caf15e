import { TurnoError } from './turno-error.ts';

const retryAfterMsMax = 10_000;

/** Pauses after a 429 or a 503, since neither says anything about the job. Throws every other error. */
export async function pauseWhenBusy(error: unknown, signal?: AbortSignal): Promise<undefined> {
  if (!isBusy(error)) throw error;
  await pause(Math.min(1_000 * (error.retryAfterSeconds ?? 1), retryAfterMsMax), signal);
}

/** True for a refusal that ends soon without a change. A quota of the month is not one: its end may be weeks away. */
export function isBusy(error: unknown): error is TurnoError {
  if (!(error instanceof TurnoError) || error.code === 'quota-exceeded') return false;
  return error.status === 429 || error.status === 503;
}

/** Waits, or returns at once when the signal aborts. The caller checks the signal. */
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
