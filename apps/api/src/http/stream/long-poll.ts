import type { Request } from 'express';

/**
 * Runs a wait with a signal that aborts when the client is gone or the process drains.
 * It is aborted from the start when the client went before. Only the wait ends then: the job goes on, and a client
 * that is still connected gets the answer of a timeout.
 */
export async function longPoll<T>(req: Request, wait: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { controller, release } = req.context.service.drain.hold();
  const abort = () => controller.abort();
  // The connection, not the answer: an answer behind others on its connection gets no `close` event.
  const { socket } = req;
  socket.setMaxListeners(0); // one listener for each pipelined request
  if (socket.destroyed) abort();
  else socket.once('close', abort);
  try {
    return await wait(controller.signal);
  } finally {
    socket.off('close', abort);
    release();
  }
}
