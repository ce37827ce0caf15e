import type { RequestHandler } from 'express';
import helmet from 'helmet';

/** Headers under which a browser loads nothing from outside, sends nothing there, and shows the board in nobody's frame. */
export function safeHeaders(): RequestHandler {
  return helmet({
    xFrameOptions: { action: 'deny' },
    // A promise for whole domains, to be made by the proxy that holds the certificate.
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

const outsideLink = /<link\b[^>]*\bhref="(?:https?:)?\/\/[^>]*>/g;

/** Bull Board's page asks for web fonts of another host. The policy forbids it; without the tag no browser even complains. */
export const withoutOutsideLinks: RequestHandler = (_request, response, next) => {
  const send = response.send.bind(response);
  response.send = (body: unknown) =>
    send(typeof body === 'string' && body.startsWith('<!DOCTYPE html>') ? body.replace(outsideLink, '') : body);
  next();
};
