import { endpoint } from '@turno/contract';
import { listEndpoints as list, withRequestTimeout } from '@turno/postgres';
import { z } from 'zod';
import { jsonAnswer } from '../../http/response/json-answer.ts';
import type { OperationDeps } from '../deps.ts';
import type { Operation } from '../operation.ts';

export const listEndpoints: Operation<Pick<OperationDeps, 'sql'>> = {
  method: 'get',
  path: '/v1/endpoints',
  scope: 'jobs:read',
  operationId: 'listEndpoints',
  summary: 'List the endpoints that receive the events of jobs',
  responses: {
    200: { description: 'All of them, oldest first', content: { schema: z.object({ endpoints: z.array(endpoint) }) } },
  },
  problems: [],
  run: async ({ sql }, { caller }) =>
    jsonAnswer(200, { endpoints: await withRequestTimeout(list(sql, caller.tenantId)) }),
};
