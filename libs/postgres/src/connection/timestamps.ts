/**
 * Renders Postgres' text of a timestamptz in a UTC session (`2026-11-22 16:25:43.1234+00`) as RFC 3339 with
 * milliseconds. It cuts the string: a Date per column costs more than the rest of rendering a job.
 */
export function toRfc3339(text: string): string;
export function toRfc3339(text: string | null): string | null;
export function toRfc3339(text: string | null): string | null {
  if (text === null) return null;
  const fraction = text.length > 22 && text.charAt(19) === '.' ? text.slice(20, text.length - 3) : '';
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${fraction.slice(0, 3).padEnd(3, '0')}Z`;
}
