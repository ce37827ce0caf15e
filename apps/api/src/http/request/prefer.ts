const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const inQuotes = String.raw`"(?:[^"\\]|\\.)*`;
// An open quote extends to the end. A new match from each quote inside it would take quadratic time.
const preferences = new RegExp(`(?:[^",]|${inQuotes}(?:"|\\\\?$))+`, 'g');
const preference = new RegExp(`^[ \\t]*(${token})[ \\t]*(?:=[ \\t]*(${token}|${inQuotes}")[ \\t]*)?(?:;|$)`);

/**
 * Returns the seconds of `Prefer: wait=N`, at most `secondsMax`.
 * Only the first `wait` counts, and its value may be quoted (RFC 7240). A value that is not a whole number is ignored.
 * Never throws.
 */
export function preferredWaitSeconds(header: string | undefined, secondsMax: number): number | undefined {
  if (header === undefined) return undefined;
  for (const [text] of header.matchAll(preferences)) {
    const [, name, value] = preference.exec(text) ?? [];
    if (name?.toLowerCase() === 'wait') return toSeconds(value, secondsMax);
  }
  return undefined;
}

function toSeconds(value: string | undefined, secondsMax: number): number | undefined {
  const word = value?.startsWith('"') ? value.slice(1, -1).replaceAll(/\\(.)/g, '$1') : value;
  return word !== undefined && /^\d+$/.test(word) ? Math.min(Number(word), secondsMax) : undefined;
}
