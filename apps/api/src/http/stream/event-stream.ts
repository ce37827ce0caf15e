import type { Request, Response } from 'express';
import { beginStream, logAnswer } from '../response/answer.ts';

/** One event of the standard (WHATWG HTML, server-sent events). `data` may have several lines. */
export interface ServerSentEvent {
  id: string;
  type: string;
  data: string;
}

export interface EventStream {
  /** Resolves when the client has received the event, or when it is gone. Send the next event only then. */
  send(event: ServerSentEvent): Promise<void>;
  /** Ends the answer with a comment for readers of a trace. */
  end(comment: string): void;
}

const reconnectMs = 1_000;

/**
 * Opens a streamed answer.
 * A comment every `heartbeatMs` prevents proxies from closing it; a client that reads nothing gets no comment, so that
 * its connection is cut as an idle one. The connection is closed after the end, and clients reconnect by themselves.
 */
export function openEventStream(req: Request, res: Response, heartbeatMs: number): EventStream {
  const { socket } = req;
  beginStream(req, res, { 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' });
  res.write(`retry: ${reconnectMs}\n\n`);
  let sent = 0;
  const heart = setInterval(() => res.writableNeedDrain || res.write(':\n\n'), heartbeatMs);
  const close = () => {
    clearInterval(heart);
    req.context.logged['events'] = sent;
    logAnswer(req, 200, performance.now() - req.context.startedAt);
  };
  if (socket.destroyed) close();
  else socket.once('close', close);
  return {
    async send({ id, type, data }) {
      if (socket.destroyed) return;
      sent += 1;
      const lines = data.replaceAll(/\r\n|\r|\n/g, '\ndata: ');
      if (!res.write(`event: ${type}\nid: ${id}\ndata: ${lines}\n\n`)) await untilDrained(req, res);
    },
    end(comment) {
      clearInterval(heart);
      // A slow client resumes after its last event when it reconnects.
      if (res.writableNeedDrain) socket.destroy();
      else if (!socket.destroyed) res.end(`: ${comment}\n\n`);
    },
  };
}

function untilDrained({ socket }: Request, res: Response): Promise<void> {
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
