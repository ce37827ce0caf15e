import { inputText, delivery, deliveryStates, isId } from '@turno/contract';
import { listDeliveryPage } from '@turno/webhooks';
import { z } from 'zod';
import { parseQuery } from '../../http/request/parse-query.ts';
import { jsonAnswer } from '../../http/response/json-answer.ts';
import type { OperationDeps } from '../deps.ts';
import { type Operation, queryProblems } from '../operation.ts';
import { exampleDelivery } from './example-delivery.ts';

const limitMax = 200;
const id = inputText(100);

/** Each at most once. */
const query = z.strictObject({
  job: id.optional().describe('Of this job'),
  endpoint: id.optional().describe('To this endpoint'),
  state: z.enum(deliveryStates).optional().describe('In this state'),
  cursor: id
    .refine((text) => isId('dlv', text), 'is not a nextCursor of this list; leave it out to begin with the newest')
    .optional()
    .describe('The `nextCursor` of the page before'),
  limit: z
    .string()
    .regex(/^\d{1,3}$/, 'must be a whole number')
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= limitMax, `must be from 1 to ${limitMax}`)
    .prefault('50')
    .describe(`Deliveries on a page, at most ${limitMax}`),
});

const page = z.object({ deliveries: z.array(delivery), nextCursor: z.string().nullable() });

export const listDeliveries: Operation<Pick<OperationDeps, 'queries'>> = {
  method: 'get',
  path: '/v1/deliveries',
  scope: 'jobs:read',
  operationId: 'listDeliveries',
  summary: 'List deliveries, newest first, with every attempt',
  request: { query },
  responses: {
    200: {
      description: 'A page; the next one by its cursor',
      content: { schema: page, example: { deliveries: [exampleDelivery], nextCursor: null } },
    },
  },
  problems: queryProblems,
  async run({ queries }, { caller, req }) {
    const { job, endpoint, state, cursor, limit } = parseQuery(req, query);
    const filter = {
      tenantId: caller.tenantId,
      deliveryId: null,
      jobId: job ?? null,
      endpointId: endpoint ?? null,
      state: state ?? null,
      before: cursor ?? null,
    };
    return jsonAnswer(200, await listDeliveryPage(queries, filter, limit));
  },
};
