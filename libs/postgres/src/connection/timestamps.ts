import { earliestTime, latestTime } from '@turno/contract';

/**
 * Renders Postgres' text of a timestamptz in a UTC session (`2026-11-22 16:25:43.1234+00`, in JSON
 * `2026-11-22T16:25:43.1234+00:00`) as RFC 3339 with milliseconds.
 * It cuts the string: a Date per column costs more than the rest of rendering a job. A time that RFC 3339 cannot
 * express becomes the nearest one that it can: Postgres has years before 1 (`… BC`), after 9999 and `infinity`.
 */
export function toRfc3339(text: string): string;
export function toRfc3339(text: string | null): string | null;
export function toRfc3339(text: string | null): string | null {
  if (text === null) return null;
  if (text.endsWith('BC') || text.startsWith('-')) return earliestTime;
  if (text.charAt(4) !== '-') return latestTime;
  const fraction = text.charAt(19) === '.' ? text.slice(20, text.indexOf('+', 20)) : '';
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${fraction.slice(0, 3).padEnd(3, '0')}Z`;
}
