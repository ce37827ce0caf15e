const second = 1_000;
const hour = 3_600 * second;

/**
 * How long to wait after the failed try number `tries`, a tenth more or less, so that what failed together does not come back
 * together. Undefined after the last one. `delays`: seconds before the second try, the third, and so on.
 */
export function retryDelayMs(
  delays: readonly number[],
  tries: number,
  random: () => number = Math.random,
): number | undefined {
  const delay = delays[tries - 1];
  return delay === undefined ? undefined : Math.round(delay * second * (0.9 + 0.2 * random()));
}

/** A receiver that names the year 3000 is asked again all the same. */
const retryAfterMsMax = hour;
const slowDownMs = 30 * second;

/** How long a receiver that answered 429 or 503 wants to be left alone (RFC 9110 section 10.2.3: seconds or a date). */
export function slowDownFor(retryAfter: string | undefined, now = Date.now()): number {
  const text = retryAfter?.trim() ?? '';
  const asked = /^\d+$/.test(text) ? Number(text) * second : Date.parse(text) - now;
  return Number.isNaN(asked) ? slowDownMs : Math.min(retryAfterMsMax, Math.max(second, asked));
}
