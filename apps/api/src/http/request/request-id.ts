import { randomUUID } from 'node:crypto';

const safeId = /^[\w.:~+/=-]{1,128}$/;

/** Returns the client's `X-Request-Id` when it is short and safe for a log line, or else a new id. */
export function requestIdFrom(header: string | string[] | undefined): string {
  return typeof header === 'string' && safeId.test(header) ? header : randomUUID();
}
