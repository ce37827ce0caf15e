import { isHostHeader } from '@turno/runtime';
import type { RequestHandler } from 'express';

/** Rejects a request without exactly one well-formed Host header (RFC 9112, section 3.2). */
export const guardHost: RequestHandler = (request, response, next) => {
  const hosts = request.headersDistinct['host'] ?? [];
  const [host] = hosts;
  if (hosts.length === 1 && host !== undefined && isHostHeader(host)) next();
  else response.status(400).json({ error: 'A request must have one Host header, with a host and at most a port.' });
};
