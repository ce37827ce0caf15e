import { createHash } from 'node:crypto';
import { z } from 'zod';
import { answerFixed, fixedDocument, fixedText } from '../../http/response/fixed-document.ts';
import type { OpenOperation } from '../operation.ts';

const style = `
  body { font: 1rem/1.6 system-ui, sans-serif; max-width: 44rem; margin: 10vh auto; padding: 0 1rem; color-scheme: light dark }
  pre { overflow-x: auto; padding: 1rem; border: 1px solid; border-radius: 4px; font-size: 0.85rem }
`;

const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Turno</title>
    <link rel="icon" href="data:,">
    <style>${style}</style>
  </head>
  <body>
    <h1>Turno</h1>
    <p>This is the API of a job service: it takes work over HTTP and answers with a job id at once.</p>
    <ul>
      <li><a href="/docs">/docs</a>: every call, with a form to try it</li>
      <li><a href="/openapi.json">/openapi.json</a>: the same for programs</li>
      <li><a href="/readyz?verbose">/readyz?verbose</a>: whether the stores answer</li>
      <li>the board: a process of its own, on <a href="http://localhost:3001/">port 3001</a> unless BOARD_PORT is set;
        <code>npm start</code> prints its address and password</li>
    </ul>
    <p>A first session, in the folder of <code>npm start</code>; its README goes on from here:</p>
<pre>KEY=$(cat .turno/key)
curl localhost:3000/v1/jobs -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' \\
  -H 'Prefer: wait=30' -d '{"kind": "math.sum-of-squares", "input": {"n": 1000}}'</pre>
  </body>
</html>
`;

const policy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const home = { name: 'Turno', docs: '/docs', openapi: '/openapi.json', kinds: '/v1/kinds', health: '/readyz' };
const [html, json] = [fixedText(page), fixedDocument(home)];

export const readHome: OpenOperation<unknown> = {
  method: 'get',
  path: '/',
  scope: null,
  operationId: 'readHome',
  summary: 'Where to go from here',
  description: 'Paths of this API for programs. A browser, which accepts HTML, gets a page.',
  request: { conditional: true },
  responses: {
    200: {
      description: 'Paths of this API',
      content: { schema: z.record(z.string(), z.string()), example: home },
      alsoAs: 'text/html',
      headers: ['Cache-Control'],
    },
  },
  problems: [],
  run(_deps, { req }) {
    const headers = { 'Cache-Control': 'public, max-age=3600', Vary: 'Accept' };
    if (req.accepts(['json', 'html']) !== 'html') return answerFixed(req, json, { headers });
    return answerFixed(req, html, {
      contentType: 'text/html; charset=utf-8',
      headers: { ...headers, 'Content-Security-Policy': policy },
    });
  },
};
