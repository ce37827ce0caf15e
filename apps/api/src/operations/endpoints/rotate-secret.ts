import { signingSecret } from '@turno/contract';
import { rotateSecret as rotate } from '@turno/webhooks';
import { jsonAnswer } from '../../http/response/json-answer.ts';
import type { OperationDeps } from '../deps.ts';
import type { Operation } from '../operation.ts';
import { endpointKeyOf } from './endpoint-key.ts';
import { exampleSecret } from './example-endpoint.ts';

export const rotateSecret: Operation<Pick<OperationDeps, 'webhooks'>> = {
  method: 'post',
  path: '/v1/endpoints/{endpointId}/rotate-secret',
  scope: 'admin',
  operationId: 'rotateSecret',
  summary: 'Make a new signing secret; for 24 hours the old one signs as well',
  description: 'The endpoint `jobs` stands for the URLs that single jobs name.',
  responses: {
    200: {
      description: 'The secret, shown this once',
      content: {
        schema: signingSecret,
        example: { secret: exampleSecret, previousUntil: '2026-11-23T09:00:00.000Z' },
      },
    },
  },
  problems: ['endpoint-not-found'],
  run: async ({ webhooks }, { caller, req }) =>
    jsonAnswer(200, await rotate(webhooks, endpointKeyOf(req, caller.tenantId))),
};
