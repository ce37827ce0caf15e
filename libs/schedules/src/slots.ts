import { Cron } from 'croner';

/** When a job comes: a cron expression, read on the clock of a time zone. */
export interface Timetable {
  cron: string;
  timezone: string;
}

/**
 * Throws a RangeError or TypeError that says what is wrong with the expression or the zone.
 *
 * A time of day that the clock jumps over in spring comes at the jump, one that the clock shows twice in autumn comes the first time;
 * what comes every hour or every so many minutes goes on through both as if nothing was.
 */
function read({ cron, timezone }: Timetable): Cron {
  if (!cron.startsWith('@') && cron.trim().split(/\s+/).length !== 5)
    throw new RangeError('must have five parts: minute, hour, day of month, month, day of week');
  return new Cron(cron, { timezone, mode: '5-part', paused: true });
}

/** The first slot after this moment; undefined when none will ever come. */
export function nextSlot(timetable: Timetable, after: Date): Date | undefined {
  return read(timetable).nextRun(after) ?? undefined;
}

/** The slots from `first`, which is one, up to and with `until`: the latest `countMax` of them, oldest first. */
export function latestSlots(timetable: Timetable, span: { first: Date; until: Date; countMax: number }): Date[] {
  const justAfter = new Date(span.until.getTime() + 1);
  const latest = read(timetable).previousRuns(span.countMax, justAfter);
  return latest.filter((slot) => slot >= span.first).sort((a, b) => a.getTime() - b.getTime());
}

/** What is wrong with a timetable, by its field; undefined when it is good. */
export function faultOf(timetable: Timetable, now: Date): { field: keyof Timetable; detail: string } | undefined {
  if (!isZone(timetable.timezone))
    return { field: 'timezone', detail: 'is not an IANA time zone, such as UTC or Europe/Berlin' };
  try {
    if (nextSlot(timetable, now) !== undefined) return undefined;
    return { field: 'cron', detail: 'is a time that never comes' };
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
