import { endpoint } from '@turno/contract';
import { readEndpoint as read } from '@turno/webhooks';
import { jsonAnswer } from '../../http/response/json-answer.ts';
import type { OperationDeps } from '../deps.ts';
import type { Operation } from '../operation.ts';
import { endpointKeyOf } from './endpoint-key.ts';
import { exampleEndpoint } from './example-endpoint.ts';

export const readEndpoint: Operation<Pick<OperationDeps, 'webhooks'>> = {
  method: 'get',
  path: '/v1/endpoints/{endpointId}',
  scope: 'jobs:read',
  operationId: 'readEndpoint',
  summary: 'Read an endpoint',
  responses: { 200: { description: 'The endpoint', content: { schema: endpoint, example: exampleEndpoint } } },
  problems: ['endpoint-not-found'],
  run: async ({ webhooks }, { caller, req }) =>
    jsonAnswer(200, await read(webhooks, endpointKeyOf(req, caller.tenantId))),
};
