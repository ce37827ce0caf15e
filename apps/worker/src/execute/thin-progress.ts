/** Progress as it can be stored; undefined for what is none. A handler in plain JavaScript may have given anything. */
export function toProgress(percent: unknown, message: unknown): [number, string | null] | undefined {
  if (typeof percent !== 'number' || !Number.isFinite(percent)) return undefined;
  const text = typeof message === 'string' ? message.toWellFormed().replaceAll('\u0000', '').slice(0, 200) : null;
  return [Math.min(100, Math.max(0, percent)), text];
}

/** A handler may report as often as it likes; this passes on about four a second, and always the last one in the end. */
export function thinProgress(report: (percent: number, message: string | null) => void) {
  let sentAt = -Infinity;
  let held: [number, string | null] | undefined;
  const flush = () => {
    if (held === undefined) return;
    report(...held);
    held = undefined;
    sentAt = performance.now();
  };
  return {
    note(percent: number, message?: string): void {
      held = toProgress(percent, message) ?? held;
      if (performance.now() - sentAt >= 250) flush();
    },
    flush,
  };
}
