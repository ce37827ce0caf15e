import type { Request } from 'express';

/**
 * Runs a wait with a signal that aborts when the client is gone, also when it went before, or when the process drains. Only the wait
 * ends then: the job goes on, and a client that is still there gets the answer it would have got at the end of its time.
 */
export async function longPoll<T>(req: Request, wait: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { controller, release } = req.exchange.service.drain.hold();
  const abort = () => controller.abort();
  // The connection, not the answer: one whose turn on it has not come is told of no end.
  const { socket } = req;
  socket.setMaxListeners(0); // one for each request that was sent ahead
  if (socket.destroyed) abort();
  else socket.once('close', abort);
  try {
    return await wait(controller.signal);
  } finally {
    socket.off('close', abort);
    release();
  }
}
