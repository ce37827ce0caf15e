import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Grant, LocalFolder } from '@turno/files';
import { create as contentDisposition } from 'content-disposition';
import send from 'send';
import { RequestError } from './send-error.ts';

/** Sends an object or the requested ranges of it. A browser saves the file and never runs its content. */
export async function sendObject(
  folder: LocalFolder,
  { key, contentType, name }: Grant,
  { req, res }: { req: IncomingMessage; res: ServerResponse },
): Promise<void> {
  const facts = await folder.stat(key);
  if (facts === undefined) throw new RequestError(404, 'nothing was uploaded to this URL yet, or the file was deleted');
  res.setHeader('Content-Type', contentType);
  res.setHeader('Content-Disposition', contentDisposition(name ?? key.slice(key.lastIndexOf('/') + 1)));
  res.setHeader('Cache-Control', 'private, no-store');
  res.setHeader('ETag', `"${facts.sha256}"`);
  res.setHeader('X-Content-Type-Options', 'nosniff');
  res.setHeader('Content-Security-Policy', "default-src 'none'; sandbox");
  res.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
  dropLongSuffixRange(req, facts.bytes);
  await new Promise<void>((resolve, reject) => {
    res.once('close', resolve);
    send(req, folder.dataPath(key), { dotfiles: 'allow', cacheControl: false, lastModified: false })
      .on('error', (error: Error & { status?: number }) => {
        const status = error.status ?? 500;
        reject(status < 500 ? new RequestError(status, error.message) : error);
      })
      .pipe(res);
  });
}

/**
 * Drops a suffix range that is longer than the file.
 * It means the whole file (RFC 9110, section 14.1.2), but `send` rejects it.
 */
function dropLongSuffixRange({ headers }: IncomingMessage, bytes: number): void {
  const [, suffix] = /^bytes=-(\d+)$/.exec(headers.range ?? '') ?? [];
  if (suffix !== undefined && Number(suffix) > bytes) delete headers.range;
}
