import { Cron } from 'croner';

/** A cron expression, read on the clock of a time zone. */
export interface Timetable {
  cron: string;
  timezone: string;
}

/**
 * Parses a timetable.
 * Throws a RangeError or TypeError that names the fault of the cron or the zone.
 *
 * A time that the clock skips in spring runs at the change. A time that the clock shows twice in autumn runs the
 * first time. Rules of every hour or every few minutes run through both changes without a gap or a repeat.
 */
function parse({ cron, timezone }: Timetable): Cron {
  if (!cron.startsWith('@') && cron.trim().split(/\s+/).length !== 5)
    throw new RangeError('must have five parts: minute, hour, day of month, month, day of week');
  return new Cron(cron, { timezone, mode: '5-part', paused: true });
}

/** Returns the first slot after this moment, or undefined if there will be none. */
export function nextSlot(timetable: Timetable, after: Date): Date | undefined {
  return parse(timetable).nextRun(after) ?? undefined;
}

/** Returns the latest `countMax` slots from `first`, itself a slot, to `until`, oldest first. */
export function latestSlots(timetable: Timetable, span: { first: Date; until: Date; countMax: number }): Date[] {
  const justAfter = new Date(span.until.getTime() + 1);
  const latest = parse(timetable).previousRuns(span.countMax, justAfter);
  return latest.filter((slot) => slot >= span.first).sort((a, b) => a.getTime() - b.getTime());
}

/** Returns the fault of a timetable and its field, or undefined if it is valid. */
export function faultOf(timetable: Timetable, now: Date): { field: keyof Timetable; detail: string } | undefined {
  if (!isZone(timetable.timezone))
    return { field: 'timezone', detail: 'is not an IANA time zone, such as UTC or Europe/Berlin' };
  try {
    if (nextSlot(timetable, now) !== undefined) return undefined;
    return { field: 'cron', detail: 'matches no time' };
  } catch (error) {
    return {
      field: 'cron',
      detail: error instanceof Error ? error.message.replace(/^CronPattern: /, '') : String(error),
    };
  }
}

function isZone(timezone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: timezone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
