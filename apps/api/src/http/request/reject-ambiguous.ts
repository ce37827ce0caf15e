import { Problem } from '@turno/contract';
import { isHostHeader, isHttpTarget } from '@turno/runtime';
import type { Request } from 'express';

const hostDetail =
  'a request of HTTP/1.1 must have exactly one Host header, with a host and at most a port (RFC 9112, section 3.2)';
const targetDetail = 'the target of a request must be a path, or an http or https URL without a user name';

/**
 * Rejects ambiguous requests.
 * Node's own checks, which would answer without one, are switched off. These are requests without a host, with two
 * hosts or with a malformed one, which a proxy in front may read differently (request smuggling), and requests with an
 * unknown expectation. Throws `bad-request` or `expectation-failed`.
 */
export function rejectAmbiguous({ headers, httpVersion, originalUrl }: Request): void {
  const { host, expect } = headers;
  if (host === undefined ? httpVersion === '1.1' : !isHostHeader(host)) {
    throw new Problem('bad-request', { detail: hostDetail });
  }
  if (!isHttpTarget(originalUrl)) throw new Problem('bad-request', { detail: targetDetail });
  if (expect !== undefined && expect.toLowerCase() !== '100-continue') {
    throw new Problem('expectation-failed', { detail: 'the only supported expectation is 100-continue' });
  }
}
