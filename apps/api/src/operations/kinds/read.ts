import { kindDescription, Problem } from '@turno/contract';
import { answerFixed } from '../../http/response/fixed-document.ts';
import { pathParameter } from '../../http/request/path-parameter.ts';
import type { OperationDeps } from '../deps.ts';
import type { Operation } from '../operation.ts';
import { kindHeaders } from './kind-documents.ts';

export const readKind: Operation<Pick<OperationDeps, 'kindDocuments'>> = {
  method: 'get',
  path: '/v1/kinds/{kind}',
  scope: 'jobs:read',
  operationId: 'readKind',
  summary: 'Read one kind of work',
  request: { conditional: true },
  responses: {
    200: {
      description: 'The kind',
      content: { schema: kindDescription, examples: ([kind]) => (kind ? { [kind.name]: { value: kind } } : {}) },
      headers: ['Cache-Control'],
    },
  },
  problems: ['unknown-kind'],
  run({ kindDocuments }, { req }) {
    const document = kindDocuments.byName.get(pathParameter(req, 'kind'));
    if (document === undefined) throw new Problem('unknown-kind', { detail: 'GET /v1/kinds lists them.' });
    return answerFixed(req, document, { headers: kindHeaders });
  },
};
