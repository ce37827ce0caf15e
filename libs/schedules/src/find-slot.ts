import { type CronRule, nearestTime } from './cron/parse-cron.ts';
import { findChange, type OffsetAt } from './zone.ts';

/** A span that has one clock change at most, and is longer than any clock change. */
const dayMs = 86_400_000;

/**
 * Returns the first slot after a moment; undefined when there is none.
 * A rule that follows the clock has a slot whenever the clock shows a matching minute. A rule of times of day has a
 * slot when the clock shows a matching minute for the first time, and one at a change that skips matching minutes.
 */
export function findSlot(rule: CronRule, offsetAt: OffsetAt, after: number): number | undefined {
  let [from, offset] = [after, offsetAt(after)];
  let earliest = Math.max(after + offset + 1, rule.followsClock ? -Infinity : shownBefore(offsetAt, after));
  for (;;) {
    const local = nearestTime(rule, earliest, 1);
    if (local === undefined) return undefined;
    const slot = local - offset;
    const change = findChange(offsetAt, from, Math.min(slot, from + dayMs));
    if (change !== undefined) {
      const [was, is] = [change + offset, change + offsetAt(change)];
      if (!rule.followsClock && local < is) return change;
      [from, offset, earliest] = [change, is - change, rule.followsClock ? is : Math.max(was, is)];
    } else if (slot <= from + dayMs) return slot;
    // Nothing matches before: the clock does not show minutes again that were shown more than a day earlier.
    else [from, offset] = [slot - dayMs, offsetAt(slot - dayMs)];
  }
}

/** Returns the end of the minutes that the clock showed before its latest change. */
function shownBefore(offsetAt: OffsetAt, moment: number): number {
  const change = findChange(offsetAt, moment - dayMs, moment);
  return change === undefined ? -Infinity : change + offsetAt(change - 1);
}

/** Returns the latest `countMax` slots in [first, until], oldest first. */
export function findLatestSlots(
  rule: CronRule,
  offsetAt: OffsetAt,
  { first, until, countMax }: { first: number; until: number; countMax: number },
): number[] {
  for (let minutes = countMax; ; minutes *= 2) {
    const start = Math.max(first - 1, earlierBy(rule, until + offsetAt(until), minutes) - offsetAt(until));
    const slots: number[] = [];
    for (let at = findSlot(rule, offsetAt, start); at !== undefined && at <= until; at = findSlot(rule, offsetAt, at))
      slots.push(at);
    // Clock changes move slots together and repeat them, so that the first guess may be too late a start.
    if (slots.length >= countMax || start === first - 1) return slots.slice(-countMax);
  }
}

/** Returns a local time before the latest `minutes` matching ones until `local`. */
function earlierBy(rule: CronRule, local: number, minutes: number): number {
  let earlier: number | undefined = local;
  for (let count = 0; count < minutes && earlier !== undefined; count += 1)
    earlier = nearestTime(rule, earlier - 1, -1);
  return (earlier ?? -Infinity) - 1;
}
