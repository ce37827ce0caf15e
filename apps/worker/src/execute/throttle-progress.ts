/**
 * Converts reported progress to a form that can be stored.
 * Returns undefined for invalid values of plain JavaScript.
 */
export function normalizeProgress(percent: unknown, message: unknown): [number, string | null] | undefined {
  if (typeof percent !== 'number' || !Number.isFinite(percent)) return undefined;
  const text = typeof message === 'string' ? message.toWellFormed().replaceAll('\u0000', '').slice(0, 200) : null;
  return [Math.min(100, Math.max(0, percent)), text];
}

/** Creates a throttle for progress. It forwards about four reports per second, and always the last one at the end. */
export function throttleProgress(forward: (percent: number, message: string | null) => void) {
  let sentAt = -Infinity;
  let latest: [number, string | null] | undefined;
  const flush = () => {
    if (latest === undefined) return;
    forward(...latest);
    latest = undefined;
    sentAt = performance.now();
  };
  return {
    report(percent: number, message?: string): void {
      latest = normalizeProgress(percent, message) ?? latest;
      if (performance.now() - sentAt >= 250) flush();
    },
    flush,
  };
}
