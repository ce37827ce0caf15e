import type { Socket } from 'node:net';
import type { Request, Response } from 'express';

/** A shorter answer fits into the buffers of the system, or nearly. */
const largeBytes = 64 * 1024;

/**
 * Cuts the connection of a client that reads nothing of a large answer for `stalledWriteMs`.
 * Node's timer of the socket starts again when bytes have left since its last end, so a cut may take twice as long. It
 * is set back once the answer is written.
 */
export function limitStalledWrite(
  { req, res }: { req: Request; res: Response },
  body: string | Buffer | undefined,
): void {
  if (body === undefined || body.length < largeBytes || res.writableFinished) return;
  const { stalledWriteMs } = req.context.service;
  // An answer behind others on its connection is written when they are: until then the connection may be silent.
  if (res.socket === null) res.once('socket', (socket: Socket) => limit(res, socket, stalledWriteMs));
  else limit(res, res.socket, stalledWriteMs);
}

interface Limited {
  res: Response;
  /** The timer of the socket before. */
  timeoutMs: number;
}

const limited = new WeakMap<Socket, Limited>();

function limit(res: Response, socket: Socket, stalledWriteMs: number): void {
  const { timeoutMs } = limited.get(socket) ?? { timeoutMs: socket.timeout ?? 0 };
  limited.set(socket, { res, timeoutMs });
  socket.setTimeout(stalledWriteMs);
  res.once('finish', () => {
    if (limited.get(socket)?.res !== res) return; // the next large answer on this connection is written by now
    limited.delete(socket);
    if (socket.timeout === stalledWriteMs) socket.setTimeout(timeoutMs); // else Node has set that of an idle connection
  });
}
