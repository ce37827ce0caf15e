/**
 * Parses a Retry-After header, seconds or a date (RFC 9110, section 10.2.3).
 * Returns milliseconds; 0 for a missing or malformed header.
 */
export function retryAfterMs(header: string | undefined, now = Date.now()): number {
  const text = header?.trim() ?? '';
  if (/^\d+$/.test(text)) return Number(text) * 1_000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? 0 : Math.max(0, date - now);
}
