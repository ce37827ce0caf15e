import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Request, Response } from 'express';
import { answerFixed, type FixedDocument, fixedText } from '../http/response/fixed-document.ts';
import type { Route } from '../http/route.ts';

const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Turno API</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/docs/swagger-ui.css">
  </head>
  <body>
    <div id="api"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`;

const start = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#api',
  deepLinking: true,
  validatorUrl: null,
  tryItOutEnabled: true,
});
`;

/** Everything comes from here; the page may talk to this API alone. Swagger UI sets styles on elements. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** A page that shows `/openapi.json` and lets a reader try it, made of files that this process serves itself. */
export function docsRoutes(): Route[] {
  return [
    { path: '/docs', get: file('text/html; charset=utf-8', () => page) },
    { path: '/docs/start.js', get: file('text/javascript; charset=utf-8', () => start) },
    { path: '/docs/swagger-ui.css', get: file('text/css; charset=utf-8', () => readPart('swagger-ui.css')) },
    {
      path: '/docs/swagger-ui-bundle.js',
      get: file('text/javascript; charset=utf-8', () => readPart('swagger-ui-bundle.js')),
    },
  ];
}

/** Read when it is first asked for: most processes never serve it. */
function file(contentType: string, read: () => string) {
  let document: FixedDocument | undefined;
  return (req: Request, res: Response) => {
    document ??= fixedText(read());
    const headers = { 'Cache-Control': 'public, max-age=3600', 'Content-Security-Policy': policy };
    answerFixed(req, res, { document, contentType, headers });
  };
}

function readPart(name: string): string {
  return readFileSync(createRequire(import.meta.url).resolve(`swagger-ui-dist/${name}`), 'utf8');
}
