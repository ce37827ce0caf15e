import { docsFile } from './docs-file.ts';

const script = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#api',
  deepLinking: true,
  validatorUrl: null,
  tryItOutEnabled: true,
});
`;

export const docsStartScript = docsFile({
  path: '/docs/start.js',
  operationId: 'readDocsStartScript',
  contentType: 'text/javascript; charset=utf-8',
  read: () => script,
});
