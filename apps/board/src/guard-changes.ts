import type { Request, RequestHandler } from 'express';

const readMethods = new Set(['GET', 'HEAD']);

/**
 * Creates the handler that rejects changes.
 * On a read-only board every method but GET and HEAD is answered 405: Bull Board's own read-only setting would answer
 * some changes with 200. On other boards a change must come from the board's own page (CSRF): a browser also sends the
 * login with requests from other sites.
 */
export function guardChanges(readOnly: boolean): RequestHandler {
  return (request, response, next) => {
    if (readMethods.has(request.method)) {
      next();
      return;
    }
    if (readOnly)
      response
        .set('Allow', 'GET, HEAD')
        .status(405)
        .json({ error: 'This board is read-only. Set BOARD_READ_ONLY=false to allow changes.' });
    else if (!isFromBoard(request))
      response.status(403).json({ error: 'A change must be made on a page of the board.' });
    else next();
  };
}

/**
 * Returns true when a request comes from a page of the board or from no browser.
 * Browsers send `Sec-Fetch-Site` only over https or to their own machine, but `Origin` always. A client that sends
 * neither is not a browser.
 */
function isFromBoard(request: Request): boolean {
  const site = request.get('Sec-Fetch-Site');
  if (site !== undefined) return site === 'same-origin';
  const origin = request.get('Origin');
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === request.host);
}
