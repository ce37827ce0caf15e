import type { ServerResponse } from 'node:http';

interface Ending {
  res: ServerResponse;
  body: string | undefined;
}

let endings: Ending[] = [];

/**
 * Ends a response with all others that are ready in this turn of the event loop. Written one right after the other they find the
 * process that reads them awake, which spares the kernel most of what it costs to wake one up; who is alone waits for nothing.
 */
export function endTogether(res: ServerResponse, body: string | undefined): void {
  if (endings.length === 0) setImmediate(endAll);
  endings.push({ res, body });
}

function endAll(): void {
  const ready = endings;
  endings = [];
  for (const { res, body } of ready) res.end(body);
}
