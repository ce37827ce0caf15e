import type { IncomingMessage } from 'node:http';

/** Returns the CORS headers of an answer; empty when no origin is allowed. */
export type Cors = (req: IncomingMessage) => readonly string[];

const exposed = [
  'Age',
  'Cache-Status',
  'ETag',
  'Idempotency-Replayed',
  'Location',
  'Preference-Applied',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'Server-Timing',
  'X-Request-Id',
].join(', ');

const preflight = [
  'Access-Control-Allow-Methods',
  'GET, HEAD, POST, PUT, PATCH, DELETE',
  'Access-Control-Allow-Headers',
  'Authorization, Content-Type, Idempotency-Key, If-None-Match, Last-Event-ID, Prefer, Traceparent, X-Request-Id',
  'Access-Control-Max-Age',
  '7200',
];

/**
 * Creates the CORS headers (Fetch standard) for the named origins.
 * Without a named origin there are no headers. API keys travel in `Authorization`, so credentials (cookies) are never
 * allowed.
 */
export function createCors(origins: readonly string[]): Cors {
  if (origins.length === 0) return () => [];
  const allowed = new Set(origins);
  return (req) => {
    const { origin } = req.headers;
    const vary = ['Vary', 'Origin'];
    if (origin === undefined || !(allowed.has(origin) || allowed.has('*'))) return vary;
    const isPreflight = req.method === 'OPTIONS' && req.headers['access-control-request-method'] !== undefined;
    return [
      ...vary,
      'Access-Control-Allow-Origin',
      origin,
      ...(isPreflight ? preflight : ['Access-Control-Expose-Headers', exposed]),
    ];
  };
}
