import type { Request, RequestHandler } from 'express';

const reading = new Set(['GET', 'HEAD']);

/**
 * Read-only: every method that could change something is 405, whatever Bull Board makes of its own setting (pausing all
 * queues would be answered 200 there). Otherwise a change must come from the board's own page: a browser sends the login
 * along with requests that other sites make.
 */
export function changeGate(readOnly: boolean): RequestHandler {
  return (request, response, next) => {
    if (reading.has(request.method)) {
      next();
      return;
    }
    if (readOnly) response.set('Allow', 'GET, HEAD').status(405).json({ error: 'This board is read-only.' });
    else if (!isOfBoard(request)) response.status(403).json({ error: 'Only from the board.' });
    else next();
  };
}

/**
 * Browsers say what kind of site a request comes from only where the board has https or is on their own machine; its origin they
 * say everywhere. What says neither is no browser.
 */
function isOfBoard(request: Request): boolean {
  const site = request.get('Sec-Fetch-Site');
  if (site !== undefined) return site === 'same-origin';
  const origin = request.get('Origin');
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === request.host);
}
