import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Grant, LocalFolder } from '@turno/files';
import { Refusal } from './refusal.ts';

/** Beyond the end of the address: an hour after it was made an unused upload is forgotten, and nobody would remove what came later. */
const lateMs = 40 * 60_000;

/** Stores the body of an upload when it is what the address was signed for: type, length and, when it says so, checksum. */
export async function receiveObject(
  folder: LocalFolder,
  { key, contentType, bytes, sha256, expires }: Grant,
  { req, res, now }: { req: IncomingMessage; res: ServerResponse; now: () => number },
): Promise<void> {
  if (req.headers['content-type'] !== contentType) throw new Refusal(415, `the Content-Type must be ${contentType}`);
  if (req.headers['content-encoding'] !== undefined) throw new Refusal(415, 'a Content-Encoding is not taken');
  if (req.headers['content-length'] === undefined) throw new Refusal(411, 'send the Content-Length');
  if (Number(req.headers['content-length']) !== bytes) {
    const status = Number(req.headers['content-length']) > (bytes ?? 0) ? 413 : 422;
    throw new Refusal(status, `the address was signed for ${bytes} bytes`);
  }
  if (req.headers.expect !== undefined) res.writeContinue();
  const stored = await folder.store(
    key,
    untilUploadEnd(req, () => now() <= expires * 1_000 + lateMs),
    { bytes, sha256 },
  );
  res.writeHead(200, { 'Cache-Control': 'no-store', 'Content-Length': 0, ETag: `"${stored.sha256}"` });
  res.end();
}

async function* untilUploadEnd(source: AsyncIterable<Uint8Array>, isInTime: () => boolean): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    if (!isInTime()) throw new Refusal(408, 'it took longer than 40 minutes beyond the end of the address');
    yield chunk;
  }
}
