import type { ServerResponse } from 'node:http';

interface Ending {
  res: ServerResponse;
  body: string | undefined;
}

let gathering = false;
let endings: Ending[] = [];

/**
 * Ends a response: the first one of a turn of the event loop at once, all others of it at its end. Written one right after the other
 * they find the process that reads them awake, which spares the kernel most of what it costs to wake one up; who is alone waits for
 * nothing.
 */
export function corkWrites(res: ServerResponse, body: string | undefined): void {
  if (gathering) return void endings.push({ res, body });
  gathering = true;
  setImmediate(endAll);
  res.end(body);
}

function endAll(): void {
  const ready = endings;
  gathering = false;
  endings = [];
  for (const { res, body } of ready) res.end(body);
}
