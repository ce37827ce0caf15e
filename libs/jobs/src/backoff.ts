const baseMs = 1_000;
const ceilingMs = 5 * 60_000;

/**
 * How long to wait after the failed attempt number `tries`: anything between 0 and 1 s, 2 s, 4 s … up to 5 minutes, so that
 * jobs which failed together do not come back together. Source: "Exponential Backoff And Jitter", AWS Architecture
 * Blog, 2015 (full jitter).
 */
export function backoffMs(tries: number, random: () => number = Math.random): number {
  return Math.round(random() * Math.min(ceilingMs, baseMs * 2 ** Math.min(tries - 1, 30)));
}
