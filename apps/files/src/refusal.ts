import { ObjectExists, ObjectRejected, StoreFull } from '@turno/files';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** An answer other than success, with a reason that the caller may know. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
  }
}

const titles: Readonly<Record<number, string>> = {
  403: 'Not signed for that',
  404: 'There is no such file',
  405: 'The address does not take that method',
  408: 'The upload took too long',
  409: 'There is another file already',
  411: 'The length is needed',
  413: 'The file is too large',
  415: 'The type is another one',
  416: 'The file has no such range',
  422: 'The bytes are not those announced',
  507: 'The store is full',
};

/** Answers with an RFC 9457 document, and closes when the rest of an upload would still come. */
export function refuse(req: IncomingMessage, res: ServerResponse, error: unknown): void {
  if (res.headersSent || res.destroyed) {
    res.destroy();
    return;
  }
  const [status, detail] = toAnswer(error);
  const title = titles[status] ?? 'Something went wrong here';
  const body = JSON.stringify({ type: 'about:blank', title, status, detail });
  res.writeHead(status, {
    'Content-Type': 'application/problem+json',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    ...(status === 405 && { Allow: 'GET, PUT, OPTIONS' }),
    ...(req.complete ? {} : { Connection: 'close' }),
  });
  res.end(body);
}

function toAnswer(error: unknown): [number, string] {
  if (error instanceof Refusal) return [error.status, error.message];
  if (error instanceof ObjectExists) return [409, 'other bytes were sent to this address before'];
  if (error instanceof ObjectRejected) return [422, error.message];
  if (error instanceof StoreFull) return [507, 'no room is left for this file: try again later'];
  return [500, 'Something went wrong here'];
}
