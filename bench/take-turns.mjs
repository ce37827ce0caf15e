import { quantile } from './print-table.mjs';

/**
 * Runs every variant once a round, in an order that turns with each round, so that other load on the machine meets all alike. Resolves
 * with what `run` said of each, by variant and round.
 */
export async function takeTurns(variants, { rounds, run }) {
  const reports = Object.fromEntries(variants.map((variant) => [variant, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (let place = 0; place < variants.length; place += 1) {
      const variant = variants[(round + place) % variants.length];
      reports[variant].push(await run(variant));
    }
  }
  return reports;
}

/** One report against another of the same round: the median, and between which two the true one is with a probability of 95 %. */
export function ratioOf(reports, base, measure) {
  const ratios = reports.map((report, round) => measure(report) / measure(base[round])).toSorted((a, b) => a - b);
  const { length } = ratios;
  const below = Math.max(0, Math.floor(length / 2 - 0.98 * Math.sqrt(length)));
  return { median: quantile(ratios, 0.5), low: ratios[below], high: ratios[length - 1 - below], rounds: length };
}

export function showRatio({ median, low, high }) {
  return `${percent(median)} % (${percent(low)} to ${percent(high)})`;
}

const percent = (ratio) => (100 * ratio).toFixed(1);
