import type { Log } from '@turno/runtime';

/** Says why a request was refused for want of a store. */
export type LogRefusal = (cause: unknown, fields: { requestId: string; code: string }) => void;

const causesMax = 50;

/**
 * An outage refuses thousands of requests a second for one cause: of each cause the first is said, then one every `everyMs` with how many
 * `others` came in between. The line of the request itself names its code each time.
 */
export function createRefusalLog(log: Log, everyMs = 10_000): LogRefusal {
  const said = new Map<string, { at: number; others: number }>();
  return (cause, fields) => {
    const name = nameOf(cause);
    const last = said.get(name);
    const now = performance.now();
    if (last !== undefined && now - last.at < everyMs) {
      last.others += 1;
      return;
    }
    if (said.size >= causesMax) said.clear();
    said.set(name, { at: now, others: 0 });
    log.warn({ err: cause, ...fields, others: last?.others }, 'refused for want of a store');
  };
}

/** The code of the innermost cause; a wrapped one quotes its statement. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause !== undefined) return nameOf(error.cause);
  return 'code' in error ? String(error.code) : error.message.slice(0, 100);
}
