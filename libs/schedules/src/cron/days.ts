import { dayField, faultOf, parseItem, weekdayField } from './fields.ts';

/** A day of the calendar. */
interface Day {
  date: number;
  /** 0 is Sunday. */
  weekday: number;
  /** The last date of the month. */
  lastDate: number;
}

type DayTest = (day: Day) => boolean;

/**
 * Parses the fields for the day of the month and for the day of the week.
 * A day matches when either matches; both must match when one of them is `*` or when the day of the week begins with
 * `+`. Throws a RangeError that names the fault.
 */
export function parseDays(daysText: string, weekdaysText: string): (time: Date) => boolean {
  const [isDate, isWeekday] = [parseDates(daysText), parseWeekdays(weekdaysText.replace(/^\+/, ''))];
  const isEither = !weekdaysText.startsWith('+') && !isAny(daysText) && !isAny(weekdaysText);
  return (time) => {
    const day = toDay(time);
    return isEither ? isDate(day) || isWeekday(day) : isDate(day) && isWeekday(day);
  };
}

const isAny = (text: string) => text === '*' || text === '?';

function toDay(time: Date): Day {
  const lastDate = new Date(Date.UTC(time.getUTCFullYear(), time.getUTCMonth() + 1, 0)).getUTCDate();
  return { date: time.getUTCDate(), weekday: time.getUTCDay(), lastDate };
}

/** `L` is the last day, `15W` the weekday nearest to the 15th, `LW` the one nearest to the last day. */
function parseDates(text: string): DayTest {
  const dates = new Set<number>();
  const tests: DayTest[] = [];
  for (const item of text.split(',')) {
    const [, near] = /^(\d+|L)W$/i.exec(item) ?? [];
    if (/^L$/i.test(item)) tests.push(({ date, lastDate }) => date === lastDate);
    else if (/^L$/i.test(near ?? '')) tests.push((day) => isNearestWeekday(day, day.lastDate));
    else if (near !== undefined) {
      const [wanted = 0] = parseItem(dayField, near);
      tests.push((day) => isNearestWeekday(day, wanted));
    } else for (const date of parseItem(dayField, item)) dates.add(date);
  }
  return (day) => dates.has(day.date) || tests.some((test) => test(day));
}

/** Never leaves the month, and matches nothing in a month that lacks the date. */
function isNearestWeekday({ date, weekday, lastDate }: Day, wanted: number): boolean {
  if (wanted > lastDate) return false;
  const wantedWeekday = (((weekday + wanted - date) % 7) + 7) % 7;
  if (wantedWeekday === 6) return date === (wanted === 1 ? 3 : wanted - 1);
  if (wantedWeekday === 0) return date === (wanted === lastDate ? wanted - 2 : wanted + 1);
  return date === wanted;
}

const nthPattern = /^((?:[*?]|[a-z]{3}|\d+)(?:-(?:[a-z]{3}|\d+))?(?:\/\d+)?)(?:#(\w*)|(L))$/i;

/** `5#3` is the third Friday of the month, `5L` and `5#L` the last. */
function parseWeekdays(text: string): DayTest {
  const tests = text.split(',').map((item): DayTest => {
    const [, days = item, nth, last] = nthPattern.exec(item) ?? [];
    const weekdays = new Set(parseItem(weekdayField, days).map((weekday) => weekday % 7));
    const isWeekday: DayTest = ({ weekday }) => weekdays.has(weekday);
    if (nth === undefined && last === undefined) return isWeekday;
    if (last !== undefined || /^L$/i.test(nth ?? '')) return (day) => isWeekday(day) && day.date + 7 > day.lastDate;
    if (!/^[1-5]$/.test(nth ?? '')) throw faultOf(weekdayField, item, 'write 1 to 5 or L after #');
    return (day) => isWeekday(day) && Math.ceil(day.date / 7) === Number(nth);
  });
  return (day) => tests.some((test) => test(day));
}
