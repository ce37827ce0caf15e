import { randomUUID } from 'node:crypto';

const acceptable = /^[\w.:~+/=-]{1,128}$/;

/** The caller's `X-Request-Id` when it is short and plain enough to stand in a log line, else a new one. */
export function requestIdFrom(header: string | string[] | undefined): string {
  return typeof header === 'string' && acceptable.test(header) ? header : randomUUID();
}
