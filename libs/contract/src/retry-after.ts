const seconds = /^(?<seconds>\d+(?:\.\d*)?|\.\d+)(?:\s*,\s.*)?$/;

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const clock = String.raw`(?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)`;
const utc = String.raw`(?:GMT|UTC|Z|[+-]0000)`;
/** The three forms of an HTTP date (RFC 9110, section 5.6.7): `Sun, 06 Nov 1994 …`, `Sunday, 06-Nov-94 …`, asctime. */
const dates = [
  new RegExp(
    String.raw`^[a-z]+,? +(?<day>\d{1,2})[ -](?<month>[a-z]{3})[ -](?<year>\d{4}|\d\d) +${clock} +${utc}$`,
    'i',
  ),
  new RegExp(String.raw`^[a-z]{3} +(?<month>[a-z]{3}) +(?<day>\d{1,2}) +${clock} +(?<year>\d{4})$`, 'i'),
];
const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/i;

/**
 * Parses a Retry-After header (RFC 9110, section 10.2.3) and returns milliseconds, 0 or more and perhaps Infinity.
 * Beside whole seconds and the three forms of an HTTP date it takes seconds with a fraction and RFC 3339, which servers
 * send. Returns undefined for a missing or malformed header, such as a negative number.
 */
export function parseRetryAfter(header: string | undefined, now = Date.now()): number | undefined {
  const text = header?.trim() ?? '';
  const number = seconds.exec(text)?.groups?.['seconds'];
  if (number !== undefined) return Math.ceil(Number(number) * 1_000);
  const time = rfc3339.test(text) ? Date.parse(text) : parseHttpDate(text, now);
  return time === undefined || Number.isNaN(time) ? undefined : Math.max(0, time - now);
}

function parseHttpDate(text: string, now: number): number | undefined {
  const parts = dates.map((date) => date.exec(text)?.groups).find((groups) => groups !== undefined);
  if (parts === undefined) return undefined;
  const { day, month = '', year = '', hour, minute, second } = parts;
  const monthIndex = months.indexOf(month.toLowerCase());
  if (monthIndex === -1) return undefined;
  const time = (fullYear: number) =>
    Date.UTC(fullYear, monthIndex, Number(day), Number(hour), Number(minute), Number(second));
  if (year.length === 4) return time(Number(year));
  // Two digits that would lie more than 50 years ahead mean the century before.
  const thisYear = new Date(now).getUTCFullYear();
  const inCentury = thisYear - (thisYear % 100) + Number(year);
  return time(inCentury > thisYear + 50 ? inCentury - 100 : inCentury);
}
