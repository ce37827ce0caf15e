/** Returns a quantile: the value below which `share` of the numbers are. */
export function quantile(numbers, share) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

/** Returns the median: of an even count of numbers the mean of the middle two. */
export function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [below, above] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return sorted.length === 0 ? 0 : (below + above) / 2;
}

/** Returns the median, the lowest and the highest of the values that `measure` finds in the reports of all rounds. */
export function spreadOf(reports, measure) {
  const values = reports.map(measure);
  return { median: median(values), low: Math.min(...values), high: Math.max(...values) };
}

/**
 * Compares reports of the same rounds: the median of the ratios, each of one round, with the 95 % confidence interval
 * of the median. With fewer than six rounds the interval is from the lowest to the highest ratio.
 */
export function ratioOf(reports, base, measure) {
  const ratios = reports.map((report, round) => measure(report) / measure(base[round])).toSorted((a, b) => a - b);
  const { length } = ratios;
  const below = Math.max(0, Math.floor(length / 2 - 0.98 * Math.sqrt(length)));
  return { median: median(ratios), low: ratios[below], high: ratios[length - 1 - below], rounds: length };
}

/**
 * Creates the timetable of a load with a fixed rate.
 * Request n is due n / rate seconds after the start, whether or not earlier requests were answered. `takeDue` returns
 * the due times of the requests that are due now and were not taken before.
 */
export function createTimetable({ perSecond, seconds }) {
  const count = Math.round(perSecond * seconds);
  let taken = 0;
  return {
    count,
    isOver: () => taken === count,
    takeDue(elapsedMs) {
      const due = [];
      for (; taken < count && (1_000 * taken) / perSecond <= elapsedMs; taken += 1)
        due.push((1_000 * taken) / perSecond);
      return due;
    },
  };
}

/**
 * Summarizes latencies in milliseconds.
 * Those of a fixed rate count from the time at which a request was due, not from the time at which it was sent. A server
 * that stops for a second is therefore seen in every request of that second.
 */
export function summarizeLatencies(times) {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), worst: sorted.at(-1) ?? 0 };
}
