import { endpointPatch, endpointRequest, redeliverRequest } from '@turno/contract';
import { withRequestTimeout, listEndpoints } from '@turno/postgres';
import {
  changeEndpoint,
  type EndpointDeps,
  readEndpoint,
  redeliverSince,
  registerEndpoint,
  removeEndpoint,
  rotateSecret,
} from '@turno/webhooks';
import type { Request } from 'express';
import { requireScope, type Authenticate, type CallerHandler } from '../authenticate.ts';
import { answer } from '../http/response/answer.ts';
import { parseBody } from '../http/request/parse-body.ts';
import type { Route } from '../http/route.ts';

export interface WebhookRoutesDeps {
  authenticate: Authenticate;
  webhooks: EndpointDeps;
}

const noStore = { 'Cache-Control': 'no-store' };
const keyOf = (req: Request, tenantId: string) => ({ tenantId, endpointId: String(req.params['endpointId']) });

/** Where a tenant wants to hear of its jobs. Where all of them are told is for an admin to say; a writer names an address for its own. */
export function endpointRoutes(deps: WebhookRoutesDeps): Route[] {
  const reader = (handle: CallerHandler) => requireScope(deps.authenticate, 'jobs:read', handle);
  const writer = (handle: CallerHandler) => requireScope(deps.authenticate, 'jobs:write', handle);
  const admin = (handle: CallerHandler) => requireScope(deps.authenticate, 'admin', handle);
  const path = '/v1/endpoints/:endpointId';
  return [
    { path: '/v1/endpoints', get: reader(listRoute(deps)), post: admin(registerRoute(deps)) },
    { path, get: reader(readRoute(deps)), patch: admin(patchRoute(deps)), delete: admin(deleteRoute(deps)) },
    { path: `${path}/rotate-secret`, post: admin(rotateRoute(deps)) },
    { path: `${path}/redeliver`, post: writer(redeliverRoute(deps)) },
  ];
}

function registerRoute({ webhooks }: WebhookRoutesDeps): CallerHandler {
  return async ({ tenantId }, req, res) => {
    const request = await parseBody(req, endpointRequest);
    const endpoint = await registerEndpoint(webhooks, tenantId, request);
    const headers = { Location: `/v1/endpoints/${endpoint.id}`, ...noStore };
    answer(req, res, { status: 201, body: JSON.stringify(endpoint), headers });
  };
}

function listRoute({ webhooks }: WebhookRoutesDeps): CallerHandler {
  return async ({ tenantId }, req, res) => {
    const endpoints = await withRequestTimeout(listEndpoints(webhooks.sql, tenantId));
    answer(req, res, { status: 200, body: JSON.stringify({ endpoints }), headers: noStore });
  };
}

function readRoute({ webhooks }: WebhookRoutesDeps): CallerHandler {
  return async ({ tenantId }, req, res) => {
    const endpoint = await readEndpoint(webhooks, keyOf(req, tenantId));
    answer(req, res, { status: 200, body: JSON.stringify(endpoint), headers: noStore });
  };
}

function patchRoute({ webhooks }: WebhookRoutesDeps): CallerHandler {
  return async ({ tenantId }, req, res) => {
    const patch = await parseBody(req, endpointPatch);
    const endpoint = await changeEndpoint(webhooks, keyOf(req, tenantId), patch);
    answer(req, res, { status: 200, body: JSON.stringify(endpoint), headers: noStore });
  };
}

function deleteRoute({ webhooks }: WebhookRoutesDeps): CallerHandler {
  return async ({ tenantId }, req, res) => {
    await removeEndpoint(webhooks, keyOf(req, tenantId));
    answer(req, res, { status: 204, headers: noStore });
  };
}

/** The endpoint `jobs` stands for all URLs that single jobs name. */
function rotateRoute({ webhooks }: WebhookRoutesDeps): CallerHandler {
  return async ({ tenantId }, req, res) => {
    const shown = await rotateSecret(webhooks, keyOf(req, tenantId));
    answer(req, res, { status: 200, body: JSON.stringify(shown), headers: noStore });
  };
}

function redeliverRoute({ webhooks }: WebhookRoutesDeps): CallerHandler {
  return async ({ tenantId }, req, res) => {
    const key = keyOf(req, tenantId);
    await readEndpoint(webhooks, key); // whose it is comes before what is asked
    const { since } = await parseBody(req, redeliverRequest);
    const count = await redeliverSince(webhooks, key, since);
    answer(req, res, { status: 202, body: JSON.stringify({ count }), headers: noStore });
  };
}
