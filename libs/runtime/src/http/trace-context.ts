import { randomBytes } from 'node:crypto';

const format = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;
const allZero = /^0+$/;

/**
 * Parses a `traceparent` header (W3C Trace Context) and returns it in version 00.
 * Returns undefined for a missing or malformed header. A header of a later version is accepted, as the standard asks.
 */
export function readTraceparent(header: string | string[] | undefined): string | undefined {
  if (typeof header !== 'string') return undefined;
  const [, traceId, parentId, flags] = format.exec(header) ?? [];
  if (traceId === undefined || parentId === undefined || flags === undefined) return undefined;
  if (allZero.test(traceId) || allZero.test(parentId)) return undefined;
  // Version 00 ends after the flags; only later versions may go on.
  if (header.startsWith('00') && header.length !== 55) return undefined;
  return `00-${traceId}-${parentId}-${sampledFlag(Number.parseInt(flags, 16))}`;
}

/** Returns the trace id of a `traceparent` that `readTraceparent` returned. */
export function traceIdOf(traceparent: string): string {
  return traceparent.slice(3, 35);
}

/** Makes the `traceparent` of an outgoing request: the same trace with a new span id. */
export function childTraceparent(traceparent: string): string {
  return `${traceparent.slice(0, 36)}${randomBytes(8).toString('hex')}${traceparent.slice(52)}`;
}

/** Drops every flag but `sampled`, the only one that version 00 defines. */
function sampledFlag(flags: number): string {
  return flags % 2 === 1 ? '01' : '00';
}
