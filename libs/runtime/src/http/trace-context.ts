import { randomBytes } from 'node:crypto';

const form = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;
const nothing = /^0+$/;

/**
 * A `traceparent` header (W3C Trace Context) as version 00 has it, whatever its own version; undefined when there is none or it
 * breaks the format.
 */
export function readTraceparent(header: string | string[] | undefined): string | undefined {
  if (typeof header !== 'string') return undefined;
  const [, traceId, parentId, flags] = form.exec(header) ?? [];
  if (traceId === undefined || parentId === undefined || flags === undefined) return undefined;
  if (nothing.test(traceId) || nothing.test(parentId)) return undefined;
  // Version 00 ends after the flags; only later versions may go on.
  if (header.startsWith('00') && header.length !== 55) return undefined;
  return `00-${traceId}-${parentId}-${flagsOf(Number.parseInt(flags, 16))}`;
}

/** Of a `traceparent` that was read. */
export function traceIdOf(traceparent: string): string {
  return traceparent.slice(3, 35);
}

/** What a request of ours says: the same trace, a step of its own. */
export function passTraceOn(traceparent: string): string {
  return `${traceparent.slice(0, 36)}${randomBytes(8).toString('hex')}${traceparent.slice(52)}`;
}

/** The one flag that version 00 knows: that the trace is recorded. */
function flagsOf(flags: number): string {
  return flags % 2 === 1 ? '01' : '00';
}
