import { isBusy, pause } from './pause.ts';
import { TurnoError } from './turno-error.ts';

const requestsMax = 5;
const pauseMs = 250;
const pauseMsMax = 10_000;

/**
 * Sends a submit, and repeats it without an answer or after a 429 or 5xx. All requests have the same idempotency key,
 * so the submit is accepted once. Throws the last error after five requests, and at once when the quota of the month is
 * used up.
 */
export async function repeatSubmit<T>(key: string, send: (headers: Record<string, string>) => Promise<T>): Promise<T> {
  const headers = { 'idempotency-key': `"${key.replaceAll(/["\\]/g, '\\$&')}"` };
  for (let sent = 1; ; sent += 1) {
    try {
      return await send(headers);
    } catch (error) {
      const refused = error instanceof TurnoError;
      const final = refused && error.status < 500 && !isBusy(error);
      if (final || sent === requestsMax) throw error;
      const retryAfter = refused ? error.retryAfterSeconds : undefined;
      await pause(Math.min(retryAfter === undefined ? pauseMs * 2 ** (sent - 1) : 1_000 * retryAfter, pauseMsMax));
    }
  }
}
