import type { Log } from '@turno/runtime';

/** Logs the cause of a request that was answered 503 because of a store. */
export type LogRefusal = (cause: unknown, fields: { requestId: string; code: string }) => void;

const causesMax = 50;

/**
 * Creates a log for requests that were answered 503.
 * An outage causes thousands of them per second, so the first of each cause is logged, and then one per `everyMs` with
 * the number of `others` in between. The log line of each request has its problem code.
 */
export function createRefusalLog(log: Log, everyMs = 10_000): LogRefusal {
  const logged = new Map<string, { at: number; others: number }>();
  return (cause, fields) => {
    const name = nameOf(cause);
    const last = logged.get(name);
    const now = performance.now();
    if (last !== undefined && now - last.at < everyMs) {
      last.others += 1;
      return;
    }
    if (logged.size >= causesMax) logged.clear();
    logged.set(name, { at: now, others: 0 });
    log.warn({ err: cause, ...fields, others: last?.others }, 'request answered 503: a store is not available');
  };
}

/** Returns the code of the innermost cause; outer messages quote their SQL statement. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause !== undefined) return nameOf(error.cause);
  return 'code' in error ? String(error.code) : error.message.slice(0, 100);
}
