import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { LocalFolder, UrlSigner } from '@turno/files';
import { isHostHeader, type Log } from '@turno/runtime';
import { receiveObject } from './receive-object.ts';
import { sendError, RequestError } from './send-error.ts';
import { sendObject } from './send-object.ts';

export interface ServeDeps {
  folder: LocalFolder;
  signer: UrlSigner;
  log: Log;
  /** Origins whose pages may upload and download files. */
  origins: ReadonlySet<string>;
  now?: () => number;
}

/**
 * Creates the request listener for signed URLs.
 * A signature is valid for one method (GET also for HEAD), one object, one type and, for an upload, one length. Every
 * other URL is answered 403, whether or not the object exists.
 */
export function serveObjects(deps: ServeDeps): RequestListener {
  return (req, res) => {
    const startedAt = performance.now();
    allowOrigin(deps.origins, req, res);
    res.once('close', () => {
      // The query is not logged: it contains the signature.
      const path = (req.url ?? '/').split('?', 1)[0];
      const ms = Math.round(performance.now() - startedAt);
      deps.log.info({ method: req.method, path, status: res.statusCode, ms }, 'request');
    });
    answer(deps, req, res).catch((error: unknown) => {
      if (!(error instanceof RequestError)) deps.log.error({ err: error }, 'unexpected error');
      sendError(req, res, error);
    });
  };
}

async function answer(deps: ServeDeps, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const { method = '', url = '/' } = req;
  if (url === '/livez') return end(res, 200, 'alive');
  if (method === 'OPTIONS') return end(res, 204);
  if (req.headers.host !== undefined && !isHostHeader(req.headers.host)) {
    throw new RequestError(400, 'the Host header is malformed');
  }
  if (!['GET', 'HEAD', 'PUT'].includes(method))
    throw new RequestError(405, 'use GET, HEAD or PUT, as the URL was signed');
  const { now = Date.now } = deps;
  // HEAD is a GET without the bytes (RFC 9110, section 9.3.2): download managers send it first, to the same URL.
  const grant = deps.signer.check(method === 'HEAD' ? 'GET' : method, url, Math.floor(now() / 1_000));
  if (grant === 'expired') throw new RequestError(403, 'this URL has expired: request a new one');
  if (grant === 'not-signed') throw new RequestError(403, 'this URL is not signed for this request');
  if (method === 'PUT') await receiveObject(deps.folder, grant, { req, res, now });
  else await sendObject(deps.folder, grant, { req, res });
}

function end(res: ServerResponse, status: number, text?: string): void {
  res.writeHead(status, { 'Cache-Control': 'no-store', 'Content-Type': 'text/plain; charset=utf-8' });
  res.end(text);
}

function allowOrigin(origins: ReadonlySet<string>, req: IncomingMessage, res: ServerResponse): void {
  if (origins.size === 0) return;
  const { origin } = req.headers;
  res.setHeader('Vary', 'Origin');
  if (origin === undefined || !(origins.has(origin) || origins.has('*'))) return;
  res.setHeader('Access-Control-Allow-Origin', origin);
  res.setHeader('Access-Control-Allow-Methods', 'GET, HEAD, PUT');
  res.setHeader('Access-Control-Allow-Headers', 'Content-Type, Range');
  res.setHeader('Access-Control-Expose-Headers', 'Accept-Ranges, Content-Disposition, Content-Range, ETag');
}
