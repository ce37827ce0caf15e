import type { Handler } from '../define-kind.ts';
import type { kind } from './kind.ts';

/** 2²² terms below 2³⁰ keep every accumulator below 2⁵³, where doubles are exact. */
const chunk = 2 ** 22;

/**
 * Computes the exact sum for every n of the schema.
 * BigInt is used once per chunk; in the loop it would be ten times slower.
 */
export const run: Handler<typeof kind> = ({ n }, ctx) => {
  let total = 0n;
  for (let from = 0; from < n; from += chunk) {
    const to = Math.min(n, from + chunk);
    total += sumOfRange(from, to);
    ctx.progress((100 * to) / n);
  }
  return { sum: String(total) };
};

/**
 * Adds i² for a range. i² is up to 2⁶⁰, too large for a double.
 * With i = high · 2¹⁵ + low, i² is high² · 2³⁰ + high · low · 2¹⁶ + low², and each of these products stays below 2³⁰.
 */
function sumOfRange(from: number, to: number): bigint {
  let highs = 0;
  let mixed = 0;
  let lows = 0;
  for (let i = from; i < to; i += 1) {
    const high = i >>> 15;
    const low = i & 0x7fff;
    highs += high * high;
    mixed += high * low;
    lows += low * low;
  }
  return (BigInt(highs) << 30n) + (BigInt(mixed) << 16n) + BigInt(lows);
}
