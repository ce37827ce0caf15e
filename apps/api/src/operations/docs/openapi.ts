import { z } from 'zod';
import { answerFixed } from '../../http/response/fixed-document.ts';
import type { OperationDeps } from '../deps.ts';
import type { OpenOperation } from '../operation.ts';

export const readDocument: OpenOperation<Pick<OperationDeps, 'apiDocument'>> = {
  method: 'get',
  path: '/openapi.json',
  scope: null,
  operationId: 'readDocument',
  summary: 'This document',
  request: { conditional: true },
  responses: {
    200: { description: 'This document', content: { schema: z.looseObject({}) }, headers: ['Cache-Control'] },
  },
  problems: [],
  run: ({ apiDocument }, { req }) =>
    answerFixed(req, apiDocument, { headers: { 'Cache-Control': 'public, max-age=60' } }),
};
