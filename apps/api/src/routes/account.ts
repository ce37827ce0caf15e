import { newKey, type Scope, type Usage } from '@turno/contract';
import { withRequestTimeout, listKeys, type Postgres } from '@turno/postgres';
import { type Caller, createKey, deleteKey, type RequestMeter } from '@turno/tenants';
import { type Authenticate, type CallerHandler, requireScope } from '../authenticate.ts';
import { answer } from '../http/response/answer.ts';
import { parseBody } from '../http/request/parse-body.ts';
import type { Route } from '../http/route.ts';

export interface AccountDeps {
  sql: Postgres['sql'];
  /** Of one tenant; the first tenant's admins may make more for it. */
  keysMax: number;
  /** Without the quota: who has used it up must still be able to look at it, and to revoke a key. */
  identify: Authenticate;
  meter: RequestMeter;
  /** Jobs of a tenant that are not over, about a second old. */
  jobsOf: (tenantId: string) => Promise<{ waiting: number; running: number }>;
}

/** A tenant's own keys, and what it has used. None of these counts as a request of the month. */
export function accountRoutes(deps: AccountDeps): Route[] {
  const guarded = (scope: Scope, handle: CallerHandler) => requireScope(deps.identify, scope, handle);
  return [
    { path: '/v1/usage', get: guarded('jobs:read', usageRoute(deps)) },
    { path: '/v1/keys', get: guarded('admin', listRoute(deps)), post: guarded('admin', createRoute(deps)) },
    { path: '/v1/keys/:keyId', delete: guarded('admin', deleteRoute(deps)) },
  ];
}

const headers = { 'Cache-Control': 'no-store' };

/** `GET /v1/keys`: those that were not revoked. */
function listRoute({ sql }: AccountDeps): CallerHandler {
  return async ({ tenantId }, req, res) => {
    const keys = await withRequestTimeout(listKeys(sql, tenantId));
    answer(req, res, { status: 200, body: JSON.stringify({ keys }), headers });
  };
}

/** `POST /v1/keys`: 201 with the key, which is shown this once; 409 when the tenant has all that it may. */
function createRoute({ sql, keysMax }: AccountDeps): CallerHandler {
  return async ({ tenantId }, req, res) => {
    const made = await withRequestTimeout(createKey({ sql, keysMax }, tenantId, await parseBody(req, newKey)));
    answer(req, res, { status: 201, body: JSON.stringify(made), headers });
  };
}

/** `DELETE /v1/keys/{keyId}`: 204; 409 for the last one that can administer the tenant. */
function deleteRoute({ sql }: AccountDeps): CallerHandler {
  return async (caller, req, res) => {
    await withRequestTimeout(deleteKey({ sql }, caller, String(req.params['keyId'])));
    answer(req, res, { status: 204, headers });
  };
}

/** `GET /v1/usage`: the plan, and what is used of it. */
function usageRoute(deps: AccountDeps): CallerHandler {
  return async (caller, req, res) => {
    const body = JSON.stringify(usageOf(caller, deps.meter, await withRequestTimeout(deps.jobsOf(caller.tenantId))));
    answer(req, res, { status: 200, body, headers });
  };
}

function usageOf(caller: Caller, meter: RequestMeter, jobs: { waiting: number; running: number }): Usage {
  const { plan } = caller;
  const { month, requests, resetsAt } = meter.used(caller);
  const { bucketCapacity: capacity, refillPerSecond } = plan;
  return {
    plan,
    month,
    requests: { used: requests, max: plan.requestsPerMonthMax, resetsAt: resetsAt.toISOString() },
    bucket: capacity === null || refillPerSecond === null ? null : { capacity, refillPerSecond },
    jobs: { ...jobs, waitingMax: plan.jobsWaitingMax, concurrentRunsMax: plan.concurrentRunsMax },
  };
}
