import { Problem } from '@turno/contract';
import type { RequestHandler } from 'express';

const hostDetail = 'a request of HTTP/1.1 has one Host header (RFC 9112, section 3.2)';

/**
 * Refuses what node lets through, since it knows no problem documents: a request that names no host, or two, which whatever stands
 * in front may have read otherwise, and one that expects what nobody here knows.
 */
export const rejectAmbiguous: RequestHandler = (req, _res, next) => {
  const { host, expect } = req.headers;
  if (host === undefined ? req.httpVersion === '1.1' : host.includes(',')) {
    throw new Problem('bad-request', { detail: hostDetail });
  }
  if (expect !== undefined && expect.toLowerCase() !== '100-continue') {
    throw new Problem('expectation-failed', { detail: 'the only expectation known here is 100-continue' });
  }
  next();
};
