import { ObjectExists, ObjectRejected, StoreFull } from '@turno/files';
import { endResponse } from '@turno/runtime';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** An error whose status and message are sent to the client. */
export class RequestError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'RequestError';
    this.status = status;
  }
}

const titles: Readonly<Record<number, string>> = {
  400: 'The request is malformed',
  403: 'The URL is not signed for this request',
  404: 'There is no such file',
  405: 'The URL does not support that method',
  408: 'The upload took too long',
  409: 'The file exists with other bytes',
  411: 'A Content-Length is required',
  413: 'The file is too large',
  415: 'The media type is not the signed one',
  416: 'The file has no such range',
  422: 'The bytes do not match the announced length or checksum',
  507: 'The store is full',
};

/** Answers with a problem document (RFC 9457). The connection is closed when the rest of an upload is still to come. */
export function sendError(req: IncomingMessage, res: ServerResponse, error: unknown): void {
  if (res.headersSent || res.destroyed) {
    res.destroy();
    return;
  }
  const [status, detail] = toAnswer(error);
  const title = titles[status] ?? 'An unexpected error occurred';
  const body = JSON.stringify({ type: 'about:blank', title, status, detail });
  res.writeHead(status, {
    'Content-Type': 'application/problem+json',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    ...(status === 405 && { Allow: 'GET, HEAD, PUT, OPTIONS' }),
    ...(req.complete ? {} : { Connection: 'close' }),
  });
  endResponse(res, body);
}

function toAnswer(error: unknown): [number, string] {
  if (error instanceof RequestError) return [error.status, error.message];
  if (error instanceof ObjectExists) return [409, 'other bytes were uploaded to this URL before'];
  if (error instanceof ObjectRejected) return [422, error.message];
  if (error instanceof StoreFull) return [507, 'the store has no free space for this file: try again later'];
  return [500, 'An unexpected error occurred'];
}
