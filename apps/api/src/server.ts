import { createServer, IncomingMessage, ServerResponse, type Server } from 'node:http';
import type { Express } from 'express';
import { rejectMalformed } from './http/request/reject-malformed.ts';
import { watchSilentConnections } from './http/stream/silent-connections.ts';
import type { Listener } from './listener.ts';

export interface ServerLimits {
  /** Of the request line and all headers; larger heads are answered 431. */
  headerBytesMax: number;
  headersTimeoutMs: number;
  /** Until the last byte of the body has come. The wait for a job begins after it. */
  requestTimeoutMs: number;
  keepAliveTimeoutMs: number;
  /** An idle connection is cut after this. Must be longer than the longest wait. */
  idleTimeoutMs: number;
  requestsPerSocketMax: number;
  connectionsMax: number;
  /** A request with `Expect: 100-continue` and a larger declared body is not continued. */
  bodyBytesMax: number;
}

const cutters = new WeakMap<Server, () => void>();

/**
 * Makes a server whose requests and responses have the app's prototypes from the start.
 * Express sets them on each request: here that changes nothing, else V8 would deoptimise every request and response,
 * at a third of the speed.
 */
export function createApiServer(app: Express, limits: ServerLimits, listener: Listener = app): Server {
  const server = createServer(
    {
      ...classesWithPrototypesOf(app),
      maxHeaderSize: limits.headerBytesMax,
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      connectionsCheckingInterval: Math.min(1_000, limits.headersTimeoutMs),
      noDelay: true,
      // Node would use the first of two keys or types; a joined header is no valid one.
      joinDuplicateHeaders: true,
      requireHostHeader: false, // see reject-ambiguous.ts
    },
    listener,
  );
  server.timeout = limits.idleTimeoutMs;
  server.maxRequestsPerSocket = limits.requestsPerSocketMax;
  server.maxConnections = limits.connectionsMax;
  // Node would drop headers after the 2,000th, such as those of a proxy: the size is limit enough.
  server.maxHeadersCount = 0;
  server.on('clientError', rejectMalformed);
  cutters.set(server, watchSilentConnections(server));
  server.on('checkContinue', (req: IncomingMessage, res: ServerResponse) => {
    if (Number(req.headers['content-length'] ?? 0) <= limits.bodyBytesMax) res.writeContinue();
    else res.shouldKeepAlive = false; // the body may or may not follow, so a next request cannot be recognised
    server.emit('request', req, res);
  });
  server.on('checkExpectation', (req, res) => server.emit('request', req, res));
  return server;
}

function classesWithPrototypesOf(app: Express) {
  class ApiRequest extends IncomingMessage {}
  class ApiResponse<R extends IncomingMessage = IncomingMessage> extends ServerResponse<R> {}
  Object.setPrototypeOf(ApiRequest.prototype, app.request);
  Object.setPrototypeOf(ApiResponse.prototype, app.response);
  Object.assign(app, { request: ApiRequest.prototype, response: ApiResponse.prototype });
  return { IncomingMessage: ApiRequest, ServerResponse: ApiResponse };
}

/** Long enough for a request whose first bytes have arrived. */
const silentMs = 500;

/**
 * Stops accepting, waits up to `graceMs` for open requests, then cuts all connections.
 * Silent connections are cut after half a second.
 */
export async function closeServer(server: Server, graceMs: number): Promise<void> {
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  const cutSilent = setTimeout(() => cutters.get(server)?.(), Math.min(silentMs, graceMs));
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  clearTimeout(cut);
  clearTimeout(cutSilent);
}
