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

/** Formats a ratio with its confidence interval in percent. */
export function showRatio({ median, low, high }) {
  return `${percent(median)} % (${percent(low)} to ${percent(high)})`;
}

const percent = (ratio) => (100 * ratio).toFixed(1);
