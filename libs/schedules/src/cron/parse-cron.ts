import { parseDays } from './days.ts';
import { type Field, hourField, isStar, minuteField, monthField, parseItem } from './fields.ts';

/** A cron expression, ready to be matched with times of a clock. Times are as if the clock showed UTC. */
export interface CronRule {
  /**
   * True for a rule with `*` in its minute or hour, such as every 15 minutes: it follows the clock. Any other rule
   * names times of day, and each of them comes once a day.
   */
  followsClock: boolean;
  isDay: (time: Date) => boolean;
  /** Milliseconds since midnight, rising. */
  times: readonly number[];
}

const nicknames: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/** Parses a cron expression. Throws a RangeError that names the field and the value as it was written. */
export function parseCron(cron: string): CronRule {
  const text = cron.trim();
  const expression = nicknames[text.toLowerCase()] ?? text;
  if (expression.startsWith('@')) throw new RangeError(`"${text}" is not one of ${Object.keys(nicknames).join(', ')}`);
  const [minute = '', hour = '', days = '', month = '', weekdays, ...more] = expression.split(/\s+/);
  if (weekdays === undefined || more.length > 0)
    throw new RangeError('must have five parts: minute, hour, day of month, month, day of week');
  const [minutes, hours, months] = [
    parseField(minuteField, minute),
    parseField(hourField, hour),
    new Set(parseField(monthField, month)),
  ];
  const matchesDay = parseDays(days, weekdays);
  return {
    followsClock: [minute, hour].some((field) => field.split(',').some(isStar)),
    isDay: (time) => months.has(time.getUTCMonth() + 1) && matchesDay(time),
    times: hours.flatMap((hourOfDay) => minutes.map((minuteOfHour) => (hourOfDay * 60 + minuteOfHour) * 60_000)),
  };
}

/** Returns the values in rising order, each once. */
function parseField(field: Field, text: string): number[] {
  const values = new Set(text.split(',').flatMap((item) => parseItem(field, item)));
  return [...values].sort((a, b) => a - b);
}

const dayMs = 86_400_000;
/** The 29th of February falls on a given weekday at least once in 40 years. */
const daysMax = 41 * 366;

/**
 * Returns the matching time nearest to `from`, `from` included, later (1) or earlier (-1).
 * Undefined when there is none within 41 years: then there is none at all.
 */
export function nearestTime(rule: CronRule, from: number, direction: 1 | -1): number | undefined {
  const times = direction === 1 ? rule.times : rule.times.toReversed();
  let day = Math.floor(from / dayMs) * dayMs;
  for (let count = 0; count < daysMax; count += 1, day += direction * dayMs) {
    if (!rule.isDay(new Date(day))) continue;
    const start = day;
    const time = times.find((sinceMidnight) => direction * (start + sinceMidnight - from) >= 0);
    if (time !== undefined) return day + time;
  }
  return undefined;
}
