import { removeEndpoint } from '@turno/webhooks';
import { emptyAnswer } from '../../http/response/json-answer.ts';
import type { OperationDeps } from '../deps.ts';
import type { Operation } from '../operation.ts';
import { endpointKeyOf } from './endpoint-key.ts';

export const deleteEndpoint: Operation<Pick<OperationDeps, 'webhooks'>> = {
  method: 'delete',
  path: '/v1/endpoints/{endpointId}',
  scope: 'admin',
  operationId: 'deleteEndpoint',
  summary: 'Delete an endpoint; its pending deliveries are not sent',
  responses: { 204: { description: 'Gone' } },
  problems: ['endpoint-not-found'],
  async run({ webhooks }, { caller, req }) {
    await removeEndpoint(webhooks, endpointKeyOf(req, caller.tenantId));
    return emptyAnswer;
  },
};
