import type { RequestHandler } from 'express';
import helmet from 'helmet';

/**
 * Sets the security headers of every page.
 * A browser then loads only from the board, sends only to it, and shows it in no frame.
 */
export function securityHeaders(): RequestHandler {
  return helmet({
    xFrameOptions: { action: 'deny' },
    // HSTS holds for a whole domain; the proxy with the certificate must decide about it.
    strictTransportSecurity: false,
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        fontSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        objectSrc: ["'none'"],
        baseUri: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
  });
}

const externalLink = /<link\b[^>]*\bhref="(?:https?:)?\/\/[^>]*>/g;

/**
 * Removes Bull Board's links to web fonts of another host.
 * The policy blocks them anyway, but with an error in the console.
 */
export const stripExternalLinks: RequestHandler = (_request, response, next) => {
  const send = response.send.bind(response);
  response.send = (body: unknown) =>
    send(typeof body === 'string' && body.startsWith('<!DOCTYPE html>') ? body.replace(externalLink, '') : body);
  next();
};
