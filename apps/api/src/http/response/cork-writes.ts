import type { ServerResponse } from 'node:http';
import { endResponse } from '@turno/runtime';

interface PendingEnd {
  res: ServerResponse;
  body: string | Buffer | undefined;
  /** Of a text. */
  encoding: BufferEncoding;
}

let corked = false;
let pendingEnds: PendingEnd[] = [];

/**
 * Ends a response.
 * The first one of an event loop turn is written at once, all others at the end of the turn. Written in one go they
 * reach a reader that is already awake, which saves most of the kernel's cost of a wakeup. A single response waits for
 * nothing.
 */
export function corkWrites(res: ServerResponse, body: string | Buffer | undefined, encoding: BufferEncoding): void {
  if (corked) return void pendingEnds.push({ res, body, encoding });
  corked = true;
  setImmediate(endAll);
  endResponse(res, body, encoding);
}

function endAll(): void {
  const ready = pendingEnds;
  corked = false;
  pendingEnds = [];
  for (const { res, body, encoding } of ready) endResponse(res, body, encoding);
}
