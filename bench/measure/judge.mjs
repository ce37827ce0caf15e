import { ratioOf, spreadOf } from './statistics.mjs';

/**
 * Judges one line of a scenario by the reports of its contestants.
 * A line names what it measures, in whose reports, and its target: `minimum` or `maximum`, of the ratio to the contestant
 * `against`, or of the value itself. A line without a target is only shown, and `met` is undefined.
 */
export function judgeLine(line, reports) {
  const { what, contestant, measure, against, minimum, maximum, unit = '' } = line;
  const own = reports[contestant];
  const base = against === undefined ? undefined : reports[against];
  if (own === undefined || (against !== undefined && base === undefined)) return undefined;
  const value = spreadOf(own, measure);
  const ratio = base === undefined ? undefined : ratioOf(own, base, measure);
  const judged = (ratio ?? value).median;
  return {
    what,
    contestant,
    unit,
    value,
    ...(base !== undefined && { against, base: spreadOf(base, measure), ratio }),
    target: { minimum, maximum },
    met: isMet(judged, { minimum, maximum }),
  };
}

function isMet(value, { minimum, maximum }) {
  if (!Number.isFinite(value)) return false;
  if (minimum !== undefined) return value >= minimum;
  return maximum === undefined ? undefined : value <= maximum;
}
