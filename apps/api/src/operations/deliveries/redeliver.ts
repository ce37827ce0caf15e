import { delivery } from '@turno/contract';
import { redeliverOne } from '@turno/webhooks';
import { pathParameter } from '../../http/request/path-parameter.ts';
import { jsonAnswer } from '../../http/response/json-answer.ts';
import type { OperationDeps } from '../deps.ts';
import type { Operation } from '../operation.ts';
import { exampleDelivery } from './example-delivery.ts';

export const redeliver: Operation<Pick<OperationDeps, 'webhooks' | 'workNotices'>> = {
  method: 'post',
  path: '/v1/deliveries/{deliveryId}/redeliver',
  scope: 'jobs:write',
  operationId: 'redeliver',
  summary: 'Send a delivery again: a final one with all its tries, one that waits for a try at once',
  responses: {
    202: { description: 'The delivery, pending', content: { schema: delivery, example: exampleDelivery } },
  },
  problems: ['delivery-not-found', 'delivery-not-redeliverable'],
  async run({ webhooks, workNotices }, { caller, req }) {
    const again = await redeliverOne(webhooks, caller.tenantId, pathParameter(req, 'deliveryId'));
    workNotices.deliveries();
    return jsonAnswer(202, again);
  },
};
