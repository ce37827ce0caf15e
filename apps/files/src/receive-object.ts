import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Grant, LocalFolder } from '@turno/files';
import { RequestError } from './send-error.ts';

/**
 * The time that an upload may take after its URL expired.
 * An unused upload is erased an hour after its URL was made; nothing would erase later bytes.
 */
const overtimeMs = 40 * 60_000;

/** Stores the body of an upload. Its type, length and, if signed, checksum must be those of the signed URL. */
export async function receiveObject(
  folder: LocalFolder,
  { key, contentType, bytes, sha256, expires }: Grant,
  { req, res, now }: { req: IncomingMessage; res: ServerResponse; now: () => number },
): Promise<void> {
  if (req.headers['content-type'] !== contentType)
    throw new RequestError(415, `the Content-Type must be ${contentType}`);
  if (req.headers['content-encoding'] !== undefined)
    throw new RequestError(415, 'an upload must have no Content-Encoding');
  if (req.headers['content-length'] === undefined) throw new RequestError(411, 'an upload must have a Content-Length');
  if (Number(req.headers['content-length']) !== bytes) {
    const status = Number(req.headers['content-length']) > (bytes ?? 0) ? 413 : 422;
    throw new RequestError(status, `the URL was signed for ${bytes} bytes`);
  }
  const mayContinue = () => now() <= expires * 1_000 + overtimeMs;
  const stored = await folder.store(key, readBody({ req, res, mayContinue }), { bytes, sha256 });
  res.writeHead(200, { 'Cache-Control': 'no-store', 'Content-Length': 0, ETag: `"${stored.sha256}"` });
  res.end();
}

interface Upload {
  req: IncomingMessage;
  res: ServerResponse;
  mayContinue: () => boolean;
}

/** Reads the body of an upload. It begins when its turn has come, since uploads to one URL take turns. */
async function* readBody({ req, res, mayContinue }: Upload): AsyncGenerator<Uint8Array> {
  if (req.headers.expect !== undefined) res.writeContinue();
  for await (const chunk of req as AsyncIterable<Uint8Array>) {
    if (!mayContinue()) throw new RequestError(408, 'the upload took longer than 40 minutes after its URL expired');
    yield chunk;
  }
}
