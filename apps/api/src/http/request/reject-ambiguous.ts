import { Problem } from '@turno/contract';
import { isHostHeader, isHttpTarget } from '@turno/runtime';
import type { RequestHandler } from 'express';

const hostDetail =
  'a request of HTTP/1.1 must have exactly one Host header, with a host and at most a port (RFC 9112, section 3.2)';
const targetDetail = 'the target of a request must be a path, or an http or https URL without a user name';

/**
 * Rejects ambiguous requests with a problem document.
 * Node's own checks, which would answer without one, are switched off. These are requests without a host, with two
 * hosts or with a malformed one, which a proxy in front may read differently (request smuggling), and requests with an
 * unknown expectation.
 */
export const rejectAmbiguous: RequestHandler = (req, _res, next) => {
  const { host, expect } = req.headers;
  if (host === undefined ? req.httpVersion === '1.1' : !isHostHeader(host)) {
    throw new Problem('bad-request', { detail: hostDetail });
  }
  if (!isHttpTarget(req.originalUrl)) throw new Problem('bad-request', { detail: targetDetail });
  if (expect !== undefined && expect.toLowerCase() !== '100-continue') {
    throw new Problem('expectation-failed', { detail: 'the only supported expectation is 100-continue' });
  }
  next();
};
