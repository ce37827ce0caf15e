import { setTimeout as delay } from 'node:timers/promises';

const [firstDelayMs, delayGrowth, delayMaxMs] = [10, 1.3, 150];

/**
 * Repeats `check` until it neither throws nor returns false, and returns its value. After `withinMs` it fails with the
 * last failure. The time is a limit for a broken product, never a measure of a working one. The delay between checks
 * grows, since many files wait at once and a check often costs a request.
 */
export async function eventually<T>(check: () => T | Promise<T>, { withinMs = 90_000 } = {}): Promise<T> {
  const until = Date.now() + withinMs;
  for (let delayMs = firstDelayMs; ; delayMs = Math.min(delayMs * delayGrowth, delayMaxMs)) {
    try {
      const value = await check();
      if (value !== false) return value;
      if (Date.now() > until) throw new Error(`still false after ${withinMs} ms`);
    } catch (error) {
      if (Date.now() > until) throw error;
    }
    await delay(delayMs);
  }
}
