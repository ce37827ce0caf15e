/** What a Retry-After header asks for (RFC 9110 section 10.2.3: seconds or a date), in milliseconds; 0 for none or nonsense. */
export function retryAfterMs(header: string | undefined, now = Date.now()): number {
  const text = header?.trim() ?? '';
  if (/^\d+$/.test(text)) return Number(text) * 1_000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? 0 : Math.max(0, date - now);
}
