const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const inQuotes = String.raw`"(?:[^"\\]|\\.)*`;
// Quotes that nothing closes go on to the end: looked at once more from each quote within them, they would take the square of their length.
const preferences = new RegExp(`(?:[^",]|${inQuotes}(?:"|\\\\?$))+`, 'g');
const preference = new RegExp(`^[ \\t]*(${token})[ \\t]*(?:=[ \\t]*(${token}|${inQuotes}")[ \\t]*)?(?:;|$)`);

/**
 * The seconds that `Prefer: wait=N` asks for, at most `secondsMax`. As RFC 7240 has it, only the first `wait` counts, its
 * value may be quoted, and one that is no whole number of seconds is as good as none. Never throws.
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
