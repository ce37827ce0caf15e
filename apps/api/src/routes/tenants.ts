import { newKey, newTenant, plan as planSchema, planLimits, Problem, tenantChange } from '@turno/contract';
import type { Catalogue } from '@turno/kinds';
import { findTenant, withRequestTimeout, listPlans, listTenants, putPlan, readQueueStates } from '@turno/postgres';
import { createKey, createTenant, updateTenant } from '@turno/tenants';
import type { Request } from 'express';
import { z } from 'zod';
import { type CallerHandler, requireOperator } from '../authenticate.ts';
import { answer } from '../http/response/answer.ts';
import { parseBody } from '../http/request/parse-body.ts';
import { parseQuery } from '../http/request/parse-query.ts';
import type { Route } from '../http/route.ts';
import type { AccountDeps } from './account.ts';

export interface TenantRoutesDeps extends AccountDeps {
  catalogue: Catalogue;
}

/** What concerns all tenants: only the first tenant's keys with the scope admin may. */
export function tenantRoutes(deps: TenantRoutesDeps): Route[] {
  const guarded = (handle: CallerHandler) => requireOperator(deps.identify, handle);
  return [
    { path: '/v1/tenants', get: guarded(listRoute(deps)), post: guarded(createRoute(deps)) },
    {
      path: '/v1/tenants/:tenantId',
      get: guarded(readRoute(deps)),
      patch: guarded(changeRoute(deps)),
      delete: guarded(disableRoute(deps)),
    },
    { path: '/v1/tenants/:tenantId/keys', post: guarded(createKeyRoute(deps)) },
    { path: '/v1/plans', get: guarded(listPlansRoute(deps)) },
    { path: '/v1/plans/:plan', put: guarded(putPlanRoute(deps)) },
    { path: '/v1/queues', get: guarded(queuesRoute(deps)) },
  ];
}

const headers = { 'Cache-Control': 'no-store' };
const rowsMax = 100;
const query = z.strictObject({
  cursor: z
    .string()
    .regex(/^ten_[\w-]{1,100}$/, 'is not a nextCursor of this list; leave it out to begin anew')
    .optional(),
});

/** `GET /v1/tenants?cursor=`: a hundred at a time. */
function listRoute({ sql }: AccountDeps): CallerHandler {
  return async (_caller, req, res) => {
    const { cursor: after = '' } = parseQuery(req, query);
    const tenants = await withRequestTimeout(listTenants(sql, { after, rowsMax }));
    const nextCursor = tenants.length < rowsMax ? null : (tenants.at(-1)?.id ?? null);
    answer(req, res, { status: 200, body: JSON.stringify({ tenants, nextCursor }), headers });
  };
}

/** `POST /v1/tenants`: 201 with the tenant and its first key, which is shown this once. */
function createRoute({ sql }: AccountDeps): CallerHandler {
  return async (_caller, req, res) => {
    const made = await withRequestTimeout(createTenant({ sql }, await parseBody(req, newTenant)));
    const location = `/v1/tenants/${made.id}`;
    answer(req, res, { status: 201, body: JSON.stringify(made), headers: { ...headers, Location: location } });
  };
}

function readRoute({ sql }: AccountDeps): CallerHandler {
  return async (_caller, req, res) => {
    const tenant = await withRequestTimeout(findTenant(sql, tenantIdOf(req)));
    if (tenant === undefined) throw new Problem('tenant-not-found');
    answer(req, res, { status: 200, body: JSON.stringify(tenant), headers });
  };
}

function changeRoute({ sql }: AccountDeps): CallerHandler {
  return async (_caller, req, res) => {
    const tenant = await withRequestTimeout(updateTenant({ sql }, tenantIdOf(req), await parseBody(req, tenantChange)));
    answer(req, res, { status: 200, body: JSON.stringify(tenant), headers });
  };
}

/** `DELETE /v1/tenants/{tenantId}`: 204, its keys open nothing any more. Nothing of it is erased, and it can be enabled again. */
function disableRoute({ sql }: AccountDeps): CallerHandler {
  return async (_caller, req, res) => {
    await withRequestTimeout(updateTenant({ sql }, tenantIdOf(req), { disabled: true }));
    answer(req, res, { status: 204, headers });
  };
}

/** `POST /v1/tenants/{tenantId}/keys`: a way back for a tenant whose keys are lost. */
function createKeyRoute({ sql }: AccountDeps): CallerHandler {
  return async (_caller, req, res) => {
    const made = await withRequestTimeout(createKey({ sql }, tenantIdOf(req), await parseBody(req, newKey)));
    answer(req, res, { status: 201, body: JSON.stringify(made), headers });
  };
}

function listPlansRoute({ sql }: AccountDeps): CallerHandler {
  return async (_caller, req, res) => {
    answer(req, res, {
      status: 200,
      body: JSON.stringify({ plans: await withRequestTimeout(listPlans(sql)) }),
      headers,
    });
  };
}

/** `PUT /v1/plans/{plan}`: 201 for a new one, else 200; tenants that have it feel it within five seconds. */
function putPlanRoute({ sql }: AccountDeps): CallerHandler {
  return async (_caller, req, res) => {
    const name = planSchema.shape.name.safeParse(req.params['plan']);
    if (!name.success) {
      throw new Problem('bad-request', { detail: 'a plan is named in lower-case letters, digits and dashes' });
    }
    const plan = { name: name.data, ...(await parseBody(req, planLimits)) };
    const made = await withRequestTimeout(putPlan(sql, plan));
    answer(req, res, { status: made ? 201 : 200, body: JSON.stringify(plan), headers });
  };
}

function queuesRoute({ sql, catalogue }: TenantRoutesDeps): CallerHandler {
  return async (_caller, req, res) => {
    const queues = await withRequestTimeout(readQueueStates(sql, (kind) => catalogue.get(kind)?.kind.queue));
    answer(req, res, { status: 200, body: JSON.stringify({ queues }), headers });
  };
}

function tenantIdOf(req: Request): string {
  return String(req.params['tenantId']);
}
