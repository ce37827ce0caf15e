import { createHash, timingSafeEqual } from 'node:crypto';
import { toClientNetwork, type Log } from '@turno/runtime';
import type { Request, RequestHandler } from 'express';
import { createLoginThrottle } from './login-throttle.ts';

export interface Login {
  user: string;
  password: string;
}

/**
 * Creates the handler that requires user and password (HTTP Basic).
 * Both are always compared, as digests of equal length, so that the response time reveals nothing. After repeated
 * failures of one client network its logins are answered 429 without a comparison.
 */
export function requireLogin(login: Login, log: Log): RequestHandler {
  const throttle = createLoginThrottle();
  const expected = { user: digest(login.user), password: digest(login.password) };
  return (request, response, next) => {
    const address = networkOf(request);
    const given = readLogin(request.headers.authorization);
    const waitSeconds = given ? throttle.waitSeconds(address) : 0;
    if (waitSeconds > 0) {
      response
        .set('Retry-After', String(waitSeconds))
        .status(429)
        .type('text')
        .send(`Too many failed logins. Try again in ${waitSeconds} s.\n`);
      return;
    }
    if (given && matches(given, expected)) {
      throttle.succeeded(address);
      next();
      return;
    }
    if (given) {
      throttle.failed(address);
      log.warn({ address }, 'a login to the board failed');
    }
    response
      .set('WWW-Authenticate', 'Basic realm="Turno", charset="UTF-8"')
      .status(401)
      .type('text')
      .send('Log in with BOARD_USER and BOARD_PASSWORD.\n');
  };
}

/** Returns the client network by TRUST_PROXY. Behind a proxy that is not named there, all clients count as one. */
function networkOf({ ip, socket }: Request): string {
  return toClientNetwork(ip ?? '') ?? toClientNetwork(socket.remoteAddress ?? '') ?? 'unknown';
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function matches(given: Login, expected: { user: Buffer; password: Buffer }): boolean {
  const user = timingSafeEqual(digest(given.user), expected.user);
  const password = timingSafeEqual(digest(given.password), expected.password);
  return user && password;
}

function readLogin(header: string | undefined): Login | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/=]+)$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}
