import type { Catalogue } from '@turno/kinds';
import { answerFixed, fixedDocument } from '../http/response/fixed-document.ts';
import type { Route } from '../http/route.ts';
import { describeApi } from '../openapi/describe-api.ts';

export function openapiRoutes(catalogue: Catalogue): Route[] {
  const document = fixedDocument(describeApi(catalogue));
  const headers = { 'Cache-Control': 'public, max-age=60' };
  return [{ path: '/openapi.json', get: (req, res) => answerFixed(req, res, { document, headers }) }];
}
