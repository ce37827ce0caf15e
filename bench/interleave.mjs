import { quantile } from './print-table.mjs';

/**
 * Runs every variant once per round, in an order that rotates.
 * Other load on the machine therefore affects all variants alike. Resolves with the reports of `run` by variant and
 * round.
 */
export async function interleave(variants, { rounds, run }) {
  const reports = Object.fromEntries(variants.map((variant) => [variant, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (let index = 0; index < variants.length; index += 1) {
      const variant = variants[(round + index) % variants.length];
      reports[variant].push(await run(variant));
    }
  }
  return reports;
}

/** Compares reports of the same rounds: the median ratio with its 95 % confidence interval. */
export function ratioOf(reports, base, measure) {
  const ratios = reports.map((report, round) => measure(report) / measure(base[round])).toSorted((a, b) => a - b);
  const { length } = ratios;
  const below = Math.max(0, Math.floor(length / 2 - 0.98 * Math.sqrt(length)));
  return { median: quantile(ratios, 0.5), low: ratios[below], high: ratios[length - 1 - below], rounds: length };
}

/** Formats a ratio with its confidence interval in percent. */
export function showRatio({ median, low, high }) {
  return `${percent(median)} % (${percent(low)} to ${percent(high)})`;
}

const percent = (ratio) => (100 * ratio).toFixed(1);
