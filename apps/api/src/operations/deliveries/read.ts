import { delivery } from '@turno/contract';
import { readDelivery as read } from '@turno/webhooks';
import { pathParameter } from '../../http/request/path-parameter.ts';
import { jsonAnswer } from '../../http/response/json-answer.ts';
import type { OperationDeps } from '../deps.ts';
import type { Operation } from '../operation.ts';
import { exampleDelivery } from './example-delivery.ts';

export const readDelivery: Operation<Pick<OperationDeps, 'webhooks'>> = {
  method: 'get',
  path: '/v1/deliveries/{deliveryId}',
  scope: 'jobs:read',
  operationId: 'readDelivery',
  summary: 'Read a delivery',
  responses: { 200: { description: 'The delivery', content: { schema: delivery, example: exampleDelivery } } },
  problems: ['delivery-not-found'],
  run: async ({ webhooks }, { caller, req }) =>
    jsonAnswer(200, await read(webhooks, caller.tenantId, pathParameter(req, 'deliveryId'))),
};
