import type { Request, Response } from 'express';

/**
 * Runs a wait with a signal that aborts when the client is gone or the process drains. Only the wait ends then: the job goes
 * on, and a client that is still there gets the answer it would have got at the end of its time.
 */
export async function holdOpen<T>(req: Request, res: Response, wait: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { controller, release } = req.exchange.service.drain.hold();
  const abort = () => controller.abort();
  res.once('close', abort);
  try {
    return await wait(controller.signal);
  } finally {
    res.off('close', abort);
    release();
  }
}
