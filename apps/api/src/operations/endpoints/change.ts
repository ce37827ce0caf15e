import { endpoint, endpointPatch } from '@turno/contract';
import { changeEndpoint as change } from '@turno/webhooks';
import { parseBody } from '../../http/request/parse-body.ts';
import { jsonAnswer } from '../../http/response/json-answer.ts';
import type { OperationDeps } from '../deps.ts';
import type { Operation, SentBody } from '../operation.ts';
import { endpointKeyOf } from './endpoint-key.ts';
import { exampleEndpoint } from './example-endpoint.ts';

const body: SentBody<typeof endpointPatch> = { schema: endpointPatch, example: { disabled: false } };

export const changeEndpoint: Operation<Pick<OperationDeps, 'webhooks'>> = {
  method: 'patch',
  path: '/v1/endpoints/{endpointId}',
  scope: 'admin',
  operationId: 'changeEndpoint',
  summary: 'Change an endpoint; its pending deliveries go to the new URL',
  request: { body },
  responses: { 200: { description: 'The endpoint', content: { schema: endpoint, example: exampleEndpoint } } },
  problems: ['endpoint-not-found'],
  async run({ webhooks }, { caller, req }) {
    const patch = await parseBody(req, body);
    return jsonAnswer(200, await change(webhooks, endpointKeyOf(req, caller.tenantId), patch));
  },
};
