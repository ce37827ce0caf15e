import { apiKey } from '@turno/contract';
import { listKeys as list, withRequestTimeout } from '@turno/postgres';
import { z } from 'zod';
import { jsonAnswer } from '../../http/response/json-answer.ts';
import type { OperationDeps } from '../deps.ts';
import type { Operation } from '../operation.ts';
import { exampleKey } from './example-key.ts';

export const listKeys: Operation<Pick<OperationDeps, 'sql'>> = {
  method: 'get',
  path: '/v1/keys',
  scope: 'admin',
  quota: 'exempt',
  operationId: 'listKeys',
  summary: 'List the keys of this tenant that were not revoked',
  responses: {
    200: {
      description: 'Without their secrets',
      content: { schema: z.object({ keys: z.array(apiKey) }), example: { keys: [exampleKey] } },
    },
  },
  problems: [],
  run: async ({ sql }, { caller }) => jsonAnswer(200, { keys: await withRequestTimeout(list(sql, caller.tenantId)) }),
};
