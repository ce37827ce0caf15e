import { z } from 'zod';

/** The form of a time in answers and events. `formatTime` writes it. */
export const time = z.iso.datetime({ precision: 3 }).describe('RFC 3339, UTC, milliseconds');

/** The earliest and the latest time that an answer can contain: RFC 3339 has years of four digits. */
export const earliestTime = '0001-01-01T00:00:00.000Z';
export const latestTime = '9999-12-31T23:59:59.999Z';
const [earliestMs, latestMs] = [Date.parse(earliestTime), Date.parse(latestTime)];

/** Formats a moment for an answer; a moment that RFC 3339 cannot express becomes the nearest one that it can. */
export function formatTime(moment: Date | number): string {
  return new Date(Math.min(latestMs, Math.max(earliestMs, Number(moment)))).toISOString();
}

const pattern = /^(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:)(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])([01]\d|2[0-3]):([0-5]\d))$/;

/**
 * Parses an RFC 3339 time to milliseconds since 1970; undefined for text that is none.
 * Digits after the millisecond are dropped. A leap second is the second after it, as in Postgres.
 */
export function parseTime(text: string): number | undefined {
  const [, day = '', minute = '', second = '', fraction = '', sign = '+', hours = '0', minutes = '0'] =
    pattern.exec(text) ?? [];
  const isLeap = second === '60';
  const local = `${day}T${minute}${isLeap ? '59' : second}.${fraction.slice(0, 3).padEnd(3, '0')}Z`;
  const localMs = Date.parse(local);
  // Date.parse takes the 30th of February and 24:00 for times of the next day.
  if (Number.isNaN(localMs) || new Date(localMs).toISOString() !== local) return undefined;
  const offsetMs = (Number(hours) * 60 + Number(minutes)) * 60_000;
  const ms = sign === '-' ? localMs + offsetMs : localMs - offsetMs;
  if (!isLeap) return ms;
  return isLastSecondOfMonth(ms) ? ms + 1_000 : undefined;
}

/** Returns true where UTC may have a leap second. */
function isLastSecondOfMonth(ms: number): boolean {
  const after = new Date(Math.floor(ms / 1_000) * 1_000 + 1_000);
  return after.getUTCDate() === 1 && after.getTime() % 86_400_000 === 0;
}

const firstMs = Date.parse('1970-01-01T00:00:00Z');
const endMs = Date.parse('3000-01-01T00:00:00Z');
const anyRange = 'must be in the years 1970 to 2999 (UTC)';

/**
 * Creates the schema of text that `parse` takes for a time of the years 1970 to 2999.
 * The parsed value is that time in UTC with milliseconds, which Postgres and JavaScript read alike.
 */
function inputOf(parse: (text: string) => number | undefined, error: string) {
  return z.string({ error }).check((context) => {
    const ms = parse(context.value);
    const isInRange = ms !== undefined && ms >= firstMs && ms < endMs;
    if (isInRange) context.value = formatTime(ms);
    else {
      const message = ms === undefined ? error : anyRange;
      context.issues.push({ code: 'custom', message, input: context.value, continue: false });
    }
  });
}

const notATime =
  'must be an RFC 3339 time such as 2026-11-22T09:00:00Z or 2026-11-22T09:00:00+01:00 (in a URL, write + as %2B)';

/** A time in a request. Every field of every call that takes a time has this type. */
export const inputTime = inputOf(parseTime, notATime).meta({ format: 'date-time' });

const dateOnly = /^\d{4}-\d\d-\d\d$/;

/** A time in a request, or a date, which is its midnight in UTC. */
export const inputTimeOrDate = inputOf(
  (text) => parseTime(dateOnly.test(text) ? `${text}T00:00:00Z` : text),
  'must be a date or an RFC 3339 time, such as 2026-11-01 or 2026-11-01T00:00:00Z',
).meta({ anyOf: [{ format: 'date' }, { format: 'date-time' }] });

/** The longest time from now for which a job can be submitted, in seconds: the same date of the next year fits. */
export const delaySecondsMax = 366 * 86_400;

/** A time in a request that is at most `delaySecondsMax` away. A time in the past is valid. */
export const inputDueTime = inputTime.refine((text) => Date.parse(text) <= Date.now() + delaySecondsMax * 1_000, {
  error: `must be at most ${delaySecondsMax / 86_400} days from now`,
});
