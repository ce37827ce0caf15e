import type { Timetable } from '@turno/schedules';
import fc from 'fast-check';
import { parseCron } from '../../libs/schedules/src/cron/parse-cron.ts';
import { findSlot } from '../../libs/schedules/src/find-slot.ts';
import { openZone } from '../../libs/schedules/src/zone.ts';

const minuteMs = 60_000;
const quarterMs = 15 * minuteMs;

/** Returns the minutes that a clock of the zone shows, as if it showed UTC, by Intl alone. */
function clockOf(timezone: string): (minute: number) => number {
  const fields = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  const show = (at: number) => {
    const [month = 0, day = 0, year = 0, hour = 0, minute = 0] = (fields.format(at).match(/\d+/g) ?? []).map(Number);
    return Date.UTC(year, month - 1, day, hour, minute);
  };
  // Formatting takes microseconds: within a quarter of an hour whose ends agree, the clock just goes on.
  let [from, until] = [0, 0];
  let offset: number | undefined;
  return (at) => {
    if (at < from || at >= until) {
      [from, until] = [at - (at % quarterMs), at - (at % quarterMs) + quarterMs];
      offset = show(from) - from === show(until) - until ? show(from) - from : undefined;
    }
    return offset === undefined ? show(at) : at + offset;
  };
}

/** Parses values, `*`, ranges, steps and lists: what the oracle and its generator know of cron. */
function valuesOf(field: string, [first, last]: readonly [number, number]): Set<number> {
  const values = new Set<number>();
  for (const item of field.split(',')) {
    const [range = '', step = '1'] = item.split('/');
    const [from = first, to = from] = range === '*' ? [first, last] : range.split('-').map(Number);
    for (let value = from; value <= to; value += Number(step)) values.add(value);
  }
  return values;
}

const bounds = { minute: [0, 59], hour: [0, 23], day: [1, 31], month: [1, 12], weekday: [0, 7] } as const;

/** Returns whether a cron expression matches a minute of a clock. */
function matcherOf(cron: string): (time: Date) => boolean {
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = cron.split(' ');
  const [minutes, hours, months] = [
    valuesOf(minute, bounds.minute),
    valuesOf(hour, bounds.hour),
    valuesOf(month, bounds.month),
  ];
  const [days, weekdays] = [valuesOf(day, bounds.day), valuesOf(weekday, bounds.weekday)];
  if (weekdays.has(7)) weekdays.add(0);
  return (time) => {
    if (!minutes.has(time.getUTCMinutes()) || !hours.has(time.getUTCHours())) return false;
    if (!months.has(time.getUTCMonth() + 1)) return false;
    const [isDay, isWeekday] = [days.has(time.getUTCDate()), weekdays.has(time.getUTCDay())];
    return day === '*' || weekday === '*' ? isDay && isWeekday : isDay || isWeekday;
  };
}

interface Span {
  /** Whole minutes. */
  from: number;
  until: number;
}

/**
 * Finds the slots of timetables of one zone in [from, until) by visiting each minute.
 * Cron's rule for clock changes, as in Debian: an expression with `*` in the minute or hour follows the clock; any
 * other one has a slot when the clock passes a minute that it has not shown before, skipped minutes included.
 */
export function slotsByMinute(timezone: string, crons: readonly string[], { from, until }: Span): number[][] {
  const show = clockOf(timezone);
  const rules = crons.map((cron) => {
    const followsClock = cron.split(' ').slice(0, 2).join(' ').includes('*');
    return { followsClock, matches: matcherOf(cron), slots: [] as number[] };
  });
  // What the clock has shown already is known after a day.
  let latest = show(from - 1_440 * minuteMs);
  for (let at = from - 1_440 * minuteMs; at < until; at += minuteMs) {
    const local = show(at);
    const time = new Date(local);
    for (const { followsClock, matches, slots } of at < from ? [] : rules) {
      if (followsClock) {
        if (matches(time)) slots.push(at);
      } else {
        for (let shown = latest + minuteMs; shown <= local; shown += minuteMs) {
          if (!matches(new Date(shown))) continue;
          slots.push(at);
          break;
        }
      }
    }
    latest = Math.max(latest, local);
  }
  return rules.map(({ slots }) => slots);
}

/** Finds the slots of a timetable in [from, until) as a schedule does, one after another. */
export function slotsInTurn({ cron, timezone }: Timetable, { from, until }: Span): number[] {
  const [rule, offsetAt] = [parseCron(cron), openZone(timezone)];
  const slots: number[] = [];
  for (let at = from - 1; ;) {
    const next = findSlot(rule, offsetAt, at);
    if (next === undefined || next >= until) return slots;
    slots.push(next);
    at = next;
  }
}

function fieldOf([first, last]: readonly [number, number], star: number) {
  const value = fc.integer({ min: first, max: last });
  const range = fc.tuple(value, value).map(([one, other]) => `${Math.min(one, other)}-${Math.max(one, other)}`);
  const step = fc.integer({ min: 1, max: Math.min(12, last) }).map((by) => `/${by}`);
  const item = fc.oneof(
    { weight: 4, arbitrary: value.map(String) },
    { weight: 2, arbitrary: range },
    { weight: 1, arbitrary: fc.tuple(range, step).map(([of, by]) => of + by) },
    { weight: 1, arbitrary: step.map((by) => `*${by}`) },
  );
  const list = fc.array(item, { minLength: 1, maxLength: 3 }).map((items) => items.join(','));
  return fc.oneof({ weight: star, arbitrary: fc.constant('*') }, { weight: 10 - star, arbitrary: list });
}

/** Generates cron expressions; hours are mostly those of clock changes. */
export const anyCron = fc
  .tuple(
    fieldOf(bounds.minute, 1),
    fc.oneof(fieldOf([0, 4], 1), fieldOf([21, 23], 0), fieldOf(bounds.hour, 2)),
    fieldOf(bounds.day, 7),
    fieldOf(bounds.month, 9),
    fieldOf(bounds.weekday, 8),
  )
  .map((fields) => fields.join(' '));

/**
 * Returns the days, as moments of 12:00 UTC, at whose end a zone has changed its clock, and the offsets before and
 * after.
 */
export function changesOf(timezone: string, { from, until }: Span): { at: number; offsets: [number, number] }[] {
  const show = clockOf(timezone);
  const changes: ReturnType<typeof changesOf> = [];
  const dayMs = 1_440 * minuteMs;
  for (let at = from - (from % dayMs) + dayMs / 2; at < until; at += dayMs) {
    const [before, after] = [show(at) - at, show(at + dayMs) - at - dayMs];
    if (before !== after) changes.push({ at, offsets: [before, after] });
  }
  return changes;
}
