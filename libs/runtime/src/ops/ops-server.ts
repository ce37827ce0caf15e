import { createServer } from 'node:http';
import { listen } from '../http/listen.ts';

export interface OpsAnswer {
  status: number;
  body: string;
  contentType?: string;
}

export interface OpsOptions {
  /** 0 takes a free port. */
  port: number;
  host: string;
  /** Routes by path, for GET and HEAD. An error thrown by a route is answered 500. */
  routes: Readonly<Record<string, (query: URLSearchParams) => Promise<OpsAnswer>>>;
}

export interface OpsServer {
  url: string;
  close(): Promise<void>;
}

/**
 * Starts a small listener for health checks and metrics.
 * It opens first and closes last, so that it still answers while the process drains. It needs no API key: keep its port
 * off the public network.
 */
export async function startOpsServer({ port, host, routes }: OpsOptions): Promise<OpsServer> {
  const server = createServer({ requestTimeout: 5_000, headersTimeout: 5_000 }, (req, res) => {
    const [path = '/', query] = (req.url ?? '/').split('?', 2); // new URL() throws for some request targets
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
    const send = ({ status, body, contentType = 'text/plain; charset=utf-8' }: OpsAnswer) => {
      res.writeHead(status, {
        'Content-Type': contentType,
        'Content-Length': Buffer.byteLength(body),
        'Cache-Control': 'no-store',
      });
      res.end(req.method === 'HEAD' ? undefined : body);
    };
    if (route === undefined) send({ status: 404, body: `Not found. Paths: ${Object.keys(routes).join(' ')}\n` });
    else if (req.method !== 'GET' && req.method !== 'HEAD') send({ status: 405, body: 'Use GET or HEAD.\n' });
    else route(new URLSearchParams(query)).then(send, () => send({ status: 500, body: 'The check failed.\n' }));
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
