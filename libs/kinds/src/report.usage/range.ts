const dayMs = 86_400_000;
const daysWhenUnsaid = 30;

/** A range of time as the input has it. */
export interface GivenRange {
  from?: string | undefined;
  to?: string | undefined;
}

/** Returns the range in Unix milliseconds. Without `to` it ends with today (UTC), without `from` it has 30 days. */
export function rangeOf({ from, to }: GivenRange): { from: number; to: number } {
  const end = to === undefined ? (Math.floor(Date.now() / dayMs) + 1) * dayMs : Date.parse(to);
  return { from: from === undefined ? end - daysWhenUnsaid * dayMs : Date.parse(from), to: end };
}
