import { createServer, IncomingMessage, ServerResponse, type Server } from 'node:http';
import type { Express } from 'express';
import { rejectMalformed } from './http/request/reject-malformed.ts';
import { watchSilentConnections } from './http/stream/silent-connections.ts';

export interface ServerLimits {
  /** Of the request line and all headers; beyond it 431. */
  headerBytesMax: number;
  headersTimeoutMs: number;
  /** Until the last byte of the body has come. Waiting for a job comes after it. */
  requestTimeoutMs: number;
  keepAliveTimeoutMs: number;
  /** A connection on which nothing moves is cut after this. Must be longer than the longest wait. */
  idleTimeoutMs: number;
  requestsPerSocketMax: number;
  connectionsMax: number;
  /** A body declared larger than this is not asked for when the client says `Expect: 100-continue`. */
  bodyBytesMax: number;
}

const cutters = new WeakMap<Server, () => void>();

/**
 * A server whose requests and responses are born with the app's own prototypes. Express sets them again on each request, which is
 * then no change; otherwise it would turn every one of them into an object that V8 has given up on, at a third of the speed.
 */
export function createApiServer(app: Express, limits: ServerLimits): Server {
  const server = createServer(
    {
      ...bornWithPrototypesOf(app),
      maxHeaderSize: limits.headerBytesMax,
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      connectionsCheckingInterval: Math.min(1_000, limits.headersTimeoutMs),
      noDelay: true,
      // Node would keep the first of two keys or types; joined, neither of them is one.
      joinDuplicateHeaders: true,
      requireHostHeader: false, // see reject-ambiguous.ts
    },
    app,
  );
  server.timeout = limits.idleTimeoutMs;
  server.maxRequestsPerSocket = limits.requestsPerSocketMax;
  server.maxConnections = limits.connectionsMax;
  // Node would drop what comes after 2,000 headers, such as what a proxy adds: the size is limit enough.
  server.maxHeadersCount = 0;
  server.on('clientError', rejectMalformed);
  cutters.set(server, watchSilentConnections(server));
  server.on('checkContinue', (req: IncomingMessage, res: ServerResponse) => {
    if (Number(req.headers['content-length'] ?? 0) <= limits.bodyBytesMax) res.writeContinue();
    else res.shouldKeepAlive = false; // the body may or may not follow: nothing after it could be told apart
    server.emit('request', req, res);
  });
  server.on('checkExpectation', (req, res) => server.emit('request', req, res));
  return server;
}

function bornWithPrototypesOf(app: Express) {
  class ApiRequest extends IncomingMessage {}
  class ApiResponse<R extends IncomingMessage = IncomingMessage> extends ServerResponse<R> {}
  Object.setPrototypeOf(ApiRequest.prototype, app.request);
  Object.setPrototypeOf(ApiResponse.prototype, app.response);
  Object.assign(app, { request: ApiRequest.prototype, response: ApiResponse.prototype });
  return { IncomingMessage: ApiRequest, ServerResponse: ApiResponse };
}

/** Long enough for a request whose first bytes have come. */
const silentMs = 500;

/** Stops accepting, lets requests under way end for `graceMs`, then cuts what is left; whoever asks nothing is cut at once. */
export async function closeServer(server: Server, graceMs: number): Promise<void> {
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  const cutSilent = setTimeout(() => cutters.get(server)?.(), Math.min(silentMs, graceMs));
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  clearTimeout(cut);
  clearTimeout(cutSilent);
}
