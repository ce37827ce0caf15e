import { parseCron } from './cron/parse-cron.ts';
import { findLatestSlots, findSlot } from './find-slot.ts';
import { isZone, openZone } from './zone.ts';

/** A cron expression, read on the clock of a time zone. */
export interface Timetable {
  cron: string;
  timezone: string;
}

/**
 * Returns the first slot after this moment, or undefined if there will be none.
 * Throws a RangeError that names the fault of the cron expression or the zone.
 *
 * A time of day that the clock skips runs at the change. A time of day that the clock shows twice runs the first time.
 * Rules with `*` in the minute or the hour run through both changes as the clock shows them.
 */
export function nextSlot({ cron, timezone }: Timetable, after: Date): Date | undefined {
  const slot = findSlot(parseCron(cron), openZone(timezone), after.getTime());
  return slot === undefined ? undefined : new Date(slot);
}

/** Returns the latest `countMax` slots from `first`, itself a slot, to `until`, oldest first. */
export function latestSlots(
  { cron, timezone }: Timetable,
  { first, until, countMax }: { first: Date; until: Date; countMax: number },
): Date[] {
  const span = { first: first.getTime(), until: until.getTime(), countMax };
  return findLatestSlots(parseCron(cron), openZone(timezone), span).map((slot) => new Date(slot));
}

/** Returns the fault of a timetable and its field, or undefined if it is valid. */
export function faultOf(timetable: Timetable, now: Date): { field: keyof Timetable; detail: string } | undefined {
  if (!isZone(timetable.timezone))
    return { field: 'timezone', detail: 'is not an IANA time zone, such as UTC or Europe/Berlin' };
  try {
    if (nextSlot(timetable, now) !== undefined) return undefined;
    return { field: 'cron', detail: 'matches no time' };
  } catch (error) {
    if (error instanceof RangeError) return { field: 'cron', detail: error.message };
    throw error;
  }
}
