import { docsFile, readSwaggerFile } from './docs-file.ts';

export const docsBundle = docsFile({
  path: '/docs/swagger-ui-bundle.js',
  operationId: 'readDocsBundle',
  contentType: 'text/javascript; charset=utf-8',
  read: () => readSwaggerFile('swagger-ui-bundle.js'),
});
