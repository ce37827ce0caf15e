import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { answerFixed, type FixedDocument, fixedText } from '../../http/response/fixed-document.ts';
import type { OpenOperation } from '../operation.ts';

/** The page talks to this API alone. Swagger UI sets styles on elements. */
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

interface DocsFile {
  path: string;
  operationId: string;
  contentType: string;
  read: () => string;
}

/**
 * Makes the operation that serves one file of the docs page.
 * The file is read at its first request: most processes never serve it.
 */
export function docsFile({ path, operationId, contentType, read }: DocsFile): OpenOperation<unknown> {
  let document: FixedDocument | undefined;
  return {
    method: 'get',
    path,
    scope: null,
    documented: false,
    operationId,
    summary: 'A file of the docs page',
    responses: { 200: { description: 'The file', contentType } },
    problems: [],
    run(_deps, { req }) {
      document ??= fixedText(read());
      const headers = { 'Cache-Control': 'public, max-age=3600', 'Content-Security-Policy': policy };
      return answerFixed(req, document, { contentType, headers });
    },
  };
}

/** Reads a file of the Swagger UI package. */
export function readSwaggerFile(name: string): string {
  return readFileSync(createRequire(import.meta.url).resolve(`swagger-ui-dist/${name}`), 'utf8');
}
