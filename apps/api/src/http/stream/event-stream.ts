import type { Request, Response } from 'express';
import { beginStream, logAnswer } from '../response/answer.ts';

/** One event as the standard (WHATWG HTML, server-sent events) has it. `data` may be of several lines. */
export interface ServerSentEvent {
  id: string;
  type: string;
  data: string;
}

export interface EventStream {
  /** Resolves when the client has taken it, or when it is gone. Nothing more may be sent before. */
  send(event: ServerSentEvent): Promise<void>;
  /** Ends the answer, with a word to the reader of a trace. */
  end(comment: string): void;
}

const reconnectMs = 1_000;

/**
 * Opens an answer that goes on. A comment every `heartbeatMs` keeps what stands between from closing it; a client that takes nothing
 * gets none, and its connection is cut as an idle one. After the end the connection is closed, and the client comes back by itself.
 */
export function openEventStream(req: Request, res: Response, heartbeatMs: number): EventStream {
  const { socket } = req;
  beginStream(req, res, { 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' });
  res.write(`retry: ${reconnectMs}\n\n`);
  let sent = 0;
  const heart = setInterval(() => res.writableNeedDrain || res.write(':\n\n'), heartbeatMs);
  const close = () => {
    clearInterval(heart);
    req.exchange.logged['events'] = sent;
    logAnswer(req, 200, performance.now() - req.exchange.startedAt);
  };
  if (socket.destroyed) close();
  else socket.once('close', close);
  return {
    async send({ id, type, data }) {
      if (socket.destroyed) return;
      sent += 1;
      const lines = data.replaceAll(/\r\n|\r|\n/g, '\ndata: ');
      if (!res.write(`event: ${type}\nid: ${id}\ndata: ${lines}\n\n`)) await drained(req, res);
    },
    end(comment) {
      clearInterval(heart);
      // What a client does not take now, it can ask for when it is back.
      if (res.writableNeedDrain) socket.destroy();
      else if (!socket.destroyed) res.end(`: ${comment}\n\n`);
    },
  };
}

function drained({ socket }: Request, res: Response): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      res.off('drain', done);
      socket.off('close', done);
      resolve();
    };
    if (socket.destroyed) resolve();
    else {
      res.once('drain', done);
      socket.once('close', done);
    }
  });
}
