import type { Request, Response } from 'express';
import { corkWrites } from './cork-writes.ts';
import { limitStalledWrite } from './stalled-writes.ts';
import { securityHeaders } from './security-headers.ts';
import { shownPath } from '../request/shown-path.ts';

export interface Answer {
  status: number;
  /** Serialised already. Left out for a 204 or 304. */
  body?: string | Buffer | undefined;
  contentType?: string;
  headers?: Record<string, string | undefined>;
}

const always = securityHeaders();
const policyName = 'Content-Security-Policy';
const alwaysButPolicy = always.filter(
  (_text, index) => always[index - (index % 2)]?.toLowerCase() !== policyName.toLowerCase(),
);

/**
 * Sends an answer with the headers that all answers have, and writes its log line.
 * Nothing is set on the response before, so that node writes the whole head in one pass. Answers to HEAD carry the
 * length and no body.
 */
export function answer(req: Request, res: Response, { status, body, contentType, headers = {} }: Answer): void {
  const { id, startedAt, service, headers: carried } = req.context;
  const ms = performance.now() - startedAt;
  const head = (policyName in headers ? alwaysButPolicy : always).concat(service.cors(req));
  head.push('X-Request-Id', id, 'Server-Timing', `total;dur=${ms.toFixed(2)}`);
  for (const name in carried) head.push(name, carried[name] ?? '');
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) head.push(name, value);
  }
  const bytes = body === undefined ? 0 : Buffer.byteLength(body);
  if (body !== undefined) head.push('Content-Type', contentType ?? 'application/json', 'Content-Length', String(bytes));
  if (service.drain.draining) head.push('Connection', 'close');
  if (res.destroyed) {
    req.context.logged['clientGone'] = 1;
  } else {
    res.writeHead(status, head);
    corkWrites(res, body, isAscii(body, bytes) ? 'latin1' : 'utf8');
    limitStalledWrite({ req, res }, body);
  }
  logAnswer(req, status, ms);
}

/** ASCII is the same in latin1, which V8 copies instead of encoding it. */
function isAscii(body: string | Buffer | undefined, bytes: number): boolean {
  return typeof body === 'string' && body.length === bytes;
}

/** Sends the head of a streamed answer. The writer of its body calls `logAnswer` at the end. */
export function beginStream(req: Request, res: Response, headers: Record<string, string>): void {
  const { id, service, headers: carried } = req.context;
  const head = [
    ...always,
    ...service.cors(req),
    'X-Request-Id',
    id,
    'Cache-Control',
    'no-store',
    'Connection',
    'close',
  ];
  res.writeHead(200, [...head, ...Object.entries({ ...carried, ...headers }).flat()]);
}

export function logAnswer(req: Request, status: number, ms: number): void {
  const { id, service, logged } = req.context;
  if (!service.requestLog.isLevelEnabled('info')) return;
  const path = shownPath(req);
  service.requestLog.info(
    { requestId: id, method: req.method, path, status, ms: Math.round(ms * 100) / 100, ...logged },
    'request',
  );
}
