import type { Backoff } from '@turno/contract';

const baseMs = 1_000;
const fixedMs = 10_000;
const ceilingMs = 5 * 60_000;

/**
 * Returns the delay in milliseconds after the failed attempt `tries` of a run.
 *
 * It is a random part of a bound ("full jitter"), so that jobs which failed together do not return together. The
 * bound is 1 s, 2 s, 4 s … up to 5 minutes (`exponential`), 10 s (`fixed`), or the entry of a list of seconds, whose
 * last one repeats. Source: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 */
export function backoffMs(backoff: Backoff, tries: number, random: () => number = Math.random): number {
  return Math.round(random() * boundMs(backoff, tries));
}

function boundMs(backoff: Backoff, tries: number): number {
  if (backoff === 'fixed') return fixedMs;
  if (backoff === 'exponential') return Math.min(ceilingMs, baseMs * 2 ** Math.min(tries - 1, 30));
  return (backoff[Math.min(tries, backoff.length) - 1] ?? 0) * 1_000;
}
