import { inputText, deliveryStates, isId } from '@turno/contract';
import { listDeliveryPage, readDelivery, redeliverOne } from '@turno/webhooks';
import { z } from 'zod';
import { requireScope, type CallerHandler } from '../authenticate.ts';
import { answer } from '../http/response/answer.ts';
import { parseQuery } from '../http/request/parse-query.ts';
import type { Route } from '../http/route.ts';
import type { WebhookRoutesDeps } from './endpoints.ts';

const limitMax = 200;
const id = inputText(100);

/** What the query may say; each at most once. */
const query = z.strictObject({
  job: id.optional(),
  endpoint: id.optional(),
  state: z.enum(deliveryStates).optional(),
  cursor: id
    .refine((text) => isId('dlv', text), 'is not a nextCursor of this list; leave it out to begin with the newest')
    .optional(),
  limit: z
    .string()
    .regex(/^\d{1,3}$/, 'must be a whole number')
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= limitMax, `must be from 1 to ${limitMax}`)
    .prefault('50'),
});

const noStore = { 'Cache-Control': 'no-store' };

/** What was told to whom, and what they answered. */
export function deliveryRoutes(deps: WebhookRoutesDeps): Route[] {
  const { authenticate } = deps;
  const path = '/v1/deliveries/:deliveryId';
  return [
    { path: '/v1/deliveries', get: requireScope(authenticate, 'jobs:read', listRoute(deps)) },
    { path, get: requireScope(authenticate, 'jobs:read', readRoute(deps)) },
    { path: `${path}/redeliver`, post: requireScope(authenticate, 'jobs:write', redeliverRoute(deps)) },
  ];
}

function listRoute({ webhooks }: WebhookRoutesDeps): CallerHandler {
  return async ({ tenantId }, req, res) => {
    const { job, endpoint, state, cursor, limit } = parseQuery(req, query);
    const filter = {
      tenantId,
      deliveryId: null,
      jobId: job ?? null,
      endpointId: endpoint ?? null,
      state: state ?? null,
      before: cursor ?? null,
    };
    const page = await listDeliveryPage(webhooks, filter, limit);
    answer(req, res, { status: 200, body: JSON.stringify(page), headers: noStore });
  };
}

function readRoute({ webhooks }: WebhookRoutesDeps): CallerHandler {
  return async ({ tenantId }, req, res) => {
    const delivery = await readDelivery(webhooks, tenantId, String(req.params['deliveryId']));
    answer(req, res, { status: 200, body: JSON.stringify(delivery), headers: noStore });
  };
}

function redeliverRoute({ webhooks }: WebhookRoutesDeps): CallerHandler {
  return async ({ tenantId }, req, res) => {
    const delivery = await redeliverOne(webhooks, tenantId, String(req.params['deliveryId']));
    answer(req, res, { status: 202, body: JSON.stringify(delivery), headers: noStore });
  };
}
