/** Returns how far a clock of one time zone is ahead of UTC at a moment, both in milliseconds. */
export type OffsetAt = (moment: number) => number;

const zones = new Map<string, OffsetAt>();
/** A formatter of Intl takes tens of kilobytes. */
const zonesMax = 100;

/** Opens a time zone. Throws a RangeError for a name that is none. */
export function openZone(timezone: string): OffsetAt {
  const known = zones.get(timezone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-US', { timeZone: timezone, timeZoneName: 'longOffset' });
  const offsetAt = (moment: number) => parseOffset(format.format(moment));
  if (zones.size === zonesMax) zones.clear();
  zones.set(timezone, offsetAt);
  return offsetAt;
}

/** Parses the end of `11/29/2026, GMT-03:30`; Greenwich itself is `GMT`. */
function parseOffset(text: string): number {
  const [, sign, hours, minutes, seconds = '0'] = /GMT(?:([+-])(\d+):(\d+)(?::(\d+))?)?$/.exec(text) ?? [];
  const size = ((Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60 + Number(seconds)) * 1_000;
  return sign === '-' ? -size : size;
}

/** Returns true for an IANA name. Some versions of Node take `+01:00` too, others do not. */
export function isZone(timezone: string): boolean {
  if (/^[+-]/.test(timezone)) return false;
  try {
    openZone(timezone);
    return true;
  } catch {
    return false;
  }
}

/**
 * Returns the moment in (from, to] at which the clock changes; undefined if it has one offset at both ends.
 * The span must be short enough to have one change at most.
 */
export function findChange(offsetAt: OffsetAt, from: number, to: number): number | undefined {
  const before = offsetAt(from);
  if (to <= from || offsetAt(to) === before) return undefined;
  let [same, changed] = [from, to];
  while (changed - same > 1) {
    const middle = Math.floor((same + changed) / 2);
    if (offsetAt(middle) === before) same = middle;
    else changed = middle;
  }
  return changed;
}
