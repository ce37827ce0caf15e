import { Problem } from '@turno/contract';
import type { RequestHandler } from 'express';

const hostDetail = 'a request of HTTP/1.1 must have exactly one Host header (RFC 9112, section 3.2)';

/**
 * Rejects ambiguous requests with a problem document.
 * Node's own checks, which would answer without one, are switched off. These are requests without a host or with two
 * hosts, which a proxy in front may read differently (request smuggling), and requests with an unknown expectation.
 */
export const rejectAmbiguous: RequestHandler = (req, _res, next) => {
  const { host, expect } = req.headers;
  if (host === undefined ? req.httpVersion === '1.1' : host.includes(',')) {
    throw new Problem('bad-request', { detail: hostDetail });
  }
  if (expect !== undefined && expect.toLowerCase() !== '100-continue') {
    throw new Problem('expectation-failed', { detail: 'the only supported expectation is 100-continue' });
  }
  next();
};
