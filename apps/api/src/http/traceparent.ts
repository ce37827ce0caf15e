const traceparent = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(?:-.*)?$/;
const nothing = /^0+$/;

/** The trace id of a W3C `traceparent` header; undefined when there is none or it breaks the format. */
export function traceIdFrom(header: string | string[] | undefined): string | undefined {
  if (typeof header !== 'string') return undefined;
  const [, traceId, parentId] = traceparent.exec(header) ?? [];
  if (traceId === undefined || parentId === undefined || nothing.test(traceId) || nothing.test(parentId))
    return undefined;
  // Version 00 ends after the flags; only later versions may go on.
  return header.startsWith('00') && header.length !== 55 ? undefined : traceId;
}
