import { TurnoError } from './turno-error.ts';

const retryAfterMsMax = 10_000;

/** Too many requests, or a database that restarts: neither says anything about the job. Anything else is thrown on. */
export async function pauseWhenBusy(error: unknown): Promise<undefined> {
  const busy = error instanceof TurnoError && (error.status === 429 || error.status === 503);
  if (!busy) throw error;
  await pause(Math.min(1_000 * (error.retryAfterSeconds ?? 1), retryAfterMsMax));
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
