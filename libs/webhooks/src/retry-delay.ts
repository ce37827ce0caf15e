import { parseRetryAfter } from '@turno/contract';

const second = 1_000;
const hour = 3_600 * second;

/**
 * Returns the delay in milliseconds after the failed try `tries`; undefined after the last one.
 * `delays` are the seconds before the second try, the third, and so on. Each delay varies by a tenth, so that
 * deliveries which failed together do not return together.
 */
export function retryDelayMs(
  delays: readonly number[],
  tries: number,
  random: () => number = Math.random,
): number | undefined {
  const delay = delays[tries - 1];
  return delay === undefined ? undefined : Math.round(delay * second * (0.9 + 0.2 * random()));
}

/** The longest pause, also for a receiver whose Retry-After names the year 3000. */
const pauseMsMax = hour;
const defaultPauseMs = 30 * second;

/** Returns the pause in milliseconds that the Retry-After of a 429 or 503 asks for, 1 s to 1 h; without one, 30 s. */
export function pauseMsOf(retryAfter: string | undefined, now = Date.now()): number {
  const asked = parseRetryAfter(retryAfter, now);
  return asked === undefined ? defaultPauseMs : Math.min(pauseMsMax, Math.max(second, asked));
}
