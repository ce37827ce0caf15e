import { plan } from '@turno/contract';
import { listPlans as list, withRequestTimeout } from '@turno/postgres';
import { z } from 'zod';
import { jsonAnswer } from '../../http/response/json-answer.ts';
import type { OperationDeps } from '../deps.ts';
import type { Operation } from '../operation.ts';
import { examplePlan } from './example-plan.ts';

export const listPlans: Operation<Pick<OperationDeps, 'sql'>> = {
  method: 'get',
  path: '/v1/plans',
  scope: 'operator',
  quota: 'exempt',
  operationId: 'listPlans',
  summary: 'List the plans',
  responses: {
    200: {
      description: 'All of them',
      content: { schema: z.object({ plans: z.array(plan) }), example: { plans: [examplePlan] } },
    },
  },
  problems: [],
  run: async ({ sql }) => jsonAnswer(200, { plans: await withRequestTimeout(list(sql)) }),
};
