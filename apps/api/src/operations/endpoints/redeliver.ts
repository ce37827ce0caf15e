import { redeliverRequest } from '@turno/contract';
import { readEndpoint, redeliverSince as redeliver } from '@turno/webhooks';
import { z } from 'zod';
import { longPoll } from '../../http/stream/long-poll.ts';
import { parseBody } from '../../http/request/parse-body.ts';
import { jsonAnswer } from '../../http/response/json-answer.ts';
import type { OperationDeps } from '../deps.ts';
import { type Operation, queryProblems, type SentBody } from '../operation.ts';
import { endpointKeyOf } from './endpoint-key.ts';

const body: SentBody<typeof redeliverRequest> = {
  schema: redeliverRequest,
  example: { since: '2026-11-22T00:00:00Z' },
};

export const redeliverSince: Operation<Pick<OperationDeps, 'queries' | 'webhooks' | 'workNotices'>> = {
  method: 'post',
  path: '/v1/endpoints/{endpointId}/redeliver',
  scope: 'jobs:write',
  operationId: 'redeliverSince',
  summary: 'Send again every delivery that this endpoint never received, of the events since a time',
  request: { body },
  responses: {
    202: {
      description: 'How many are sent again. It ends early when the client goes: repeat the call until the count is 0',
      content: { schema: z.object({ count: z.int() }), example: { count: 12 } },
    },
  },
  problems: ['endpoint-not-found', 'endpoint-disabled', ...queryProblems],
  async run({ queries, webhooks, workNotices }, { caller, req }) {
    const key = endpointKeyOf(req, caller.tenantId);
    await readEndpoint(webhooks, key); // another tenant's endpoint is 404 before the body is judged
    const { since } = await parseBody(req, body);
    const deps = { sql: webhooks.sql, queries };
    const count = await longPoll(req, (signal) => redeliver(deps, key, { since, signal }));
    workNotices.deliveries();
    return jsonAnswer(202, { count });
  },
};
