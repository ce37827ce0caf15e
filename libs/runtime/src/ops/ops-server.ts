import { createServer } from 'node:http';
import { listen } from '../http/listen.ts';

export interface OpsAnswer {
  status: number;
  body: string;
  contentType?: string;
}

export interface OpsOptions {
  /** 0 takes a free one. */
  port: number;
  host: string;
  /** By path. Each answers GET and HEAD; what it throws becomes a 500. */
  routes: Readonly<Record<string, (query: URLSearchParams) => Promise<OpsAnswer>>>;
}

export interface OpsServer {
  url: string;
  close(): Promise<void>;
}

/**
 * A small listener beside the real work, for health checks and metrics. It is the first to open and the last to close, so that it still
 * answers while the process drains. It needs no key: keep it off the public network.
 */
export async function startOpsServer({ port, host, routes }: OpsOptions): Promise<OpsServer> {
  const server = createServer({ requestTimeout: 5_000, headersTimeout: 5_000 }, (req, res) => {
    const [path = '/', query] = (req.url ?? '/').split('?', 2); // new URL() would throw for some of what may come
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
    const send = ({ status, body, contentType = 'text/plain; charset=utf-8' }: OpsAnswer) => {
      res.writeHead(status, {
        'Content-Type': contentType,
        'Content-Length': Buffer.byteLength(body),
        'Cache-Control': 'no-store',
      });
      res.end(req.method === 'HEAD' ? undefined : body);
    };
    if (route === undefined) send({ status: 404, body: `There are: ${Object.keys(routes).join(' ')}\n` });
    else if (req.method !== 'GET' && req.method !== 'HEAD') send({ status: 405, body: 'GET or HEAD\n' });
    else route(new URLSearchParams(query)).then(send, () => send({ status: 500, body: 'This check failed\n' }));
  });
  server.maxConnections = 100;
  const url = await listen(server, { port, host });
  return {
    url,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
