import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Grant, LocalFolder } from '@turno/files';
import { create as contentDisposition } from 'content-disposition';
import send from 'send';
import { Refusal } from './refusal.ts';

/** Sends an object, or the ranges of it that were asked for. A browser saves it and never runs what is in it. */
export async function sendObject(
  folder: LocalFolder,
  { key, contentType, name }: Grant,
  { req, res }: { req: IncomingMessage; res: ServerResponse },
): Promise<void> {
  const facts = await folder.stat(key);
  if (facts === undefined) throw new Refusal(404, 'nothing was sent to this address yet, or it was deleted');
  res.setHeader('Content-Type', contentType);
  res.setHeader('Content-Disposition', contentDisposition(name ?? key.slice(key.lastIndexOf('/') + 1)));
  res.setHeader('Cache-Control', 'private, no-store');
  res.setHeader('ETag', `"${facts.sha256}"`);
  res.setHeader('X-Content-Type-Options', 'nosniff');
  res.setHeader('Content-Security-Policy', "default-src 'none'; sandbox");
  res.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
  wholeIfShorter(req, facts.bytes);
  await new Promise<void>((resolve, reject) => {
    res.once('close', resolve);
    send(req, folder.dataPath(key), { dotfiles: 'allow', cacheControl: false, lastModified: false })
      .on('error', (error: Error & { status?: number }) => {
        const status = error.status ?? 500;
        reject(status < 500 ? new Refusal(status, error.message) : error);
      })
      .pipe(res);
  });
}

/** The last 500 bytes of a file that has fewer are all of it (RFC 9110 section 14.1.2), which `send` would refuse. */
function wholeIfShorter({ headers }: IncomingMessage, bytes: number): void {
  const [, asked] = /^bytes=-(\d+)$/.exec(headers.range ?? '') ?? [];
  if (asked !== undefined && Number(asked) > bytes) delete headers.range;
}
