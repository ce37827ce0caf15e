import { kindDescription } from '@turno/contract';
import { z } from 'zod';
import { answerFixed } from '../../http/response/fixed-document.ts';
import type { OperationDeps } from '../deps.ts';
import type { Operation } from '../operation.ts';
import { kindHeaders } from './kind-documents.ts';

export const listKinds: Operation<Pick<OperationDeps, 'kindDocuments'>> = {
  method: 'get',
  path: '/v1/kinds',
  scope: 'jobs:read',
  operationId: 'listKinds',
  summary: 'List the kinds of work',
  request: { conditional: true },
  responses: {
    200: {
      description: 'The catalogue',
      content: { schema: z.object({ kinds: z.array(kindDescription) }) },
      headers: ['Cache-Control'],
    },
  },
  problems: [],
  run: ({ kindDocuments }, { req }) => answerFixed(req, kindDocuments.list, { headers: kindHeaders }),
};
