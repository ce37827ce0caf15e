import { isBusy, pause } from './pause.ts';
import { TurnoError } from './turno-error.ts';

const triesMax = 5;
const pauseMs = 250;
const pauseMsMax = 10_000;

/**
 * Sends a submit until it has an answer: again when none came, or one of 429 or 5xx, each time with the same key, so that it is
 * accepted once. Gives up after five tries with the last failure, and at once when the requests of the month are used up.
 */
export async function repeatSubmit<T>(key: string, send: (headers: Record<string, string>) => Promise<T>): Promise<T> {
  const headers = { 'idempotency-key': `"${key.replaceAll(/["\\]/g, '\\$&')}"` };
  for (let tries = 1; ; tries += 1) {
    try {
      return await send(headers);
    } catch (error) {
      const refused = error instanceof TurnoError;
      const final = refused && error.status < 500 && !isBusy(error);
      if (final || tries === triesMax) throw error;
      const told = refused ? error.retryAfterSeconds : undefined;
      await pause(Math.min(told === undefined ? pauseMs * 2 ** (tries - 1) : 1_000 * told, pauseMsMax));
    }
  }
}
