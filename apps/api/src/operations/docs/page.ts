import { docsFile } from './docs-file.ts';

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

/**
 * A page that shows `/openapi.json` and sends requests for its reader. All its files come from this API.
 */
export const docsPage = docsFile({
  path: '/docs',
  operationId: 'readDocsPage',
  contentType: 'text/html; charset=utf-8',
  read: () => page,
});
