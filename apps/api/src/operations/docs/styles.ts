import { docsFile, readSwaggerFile } from './docs-file.ts';

export const docsStyles = docsFile({
  path: '/docs/swagger-ui.css',
  operationId: 'readDocsStyles',
  contentType: 'text/css; charset=utf-8',
  read: () => readSwaggerFile('swagger-ui.css'),
});
