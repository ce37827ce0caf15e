import { Problem, scheduleName, scheduleRequest, toFaults } from '@turno/contract';
import {
  deleteSchedule,
  withRequestTimeout,
  readSchedule,
  readSchedules,
  type Postgres,
  type ScheduleKey,
} from '@turno/postgres';
import type { SubmitDeps } from '@turno/jobs';
import type { Catalogue } from '@turno/kinds';
import { putSchedule, runSchedule, toSchedule } from '@turno/schedules';
import type { Request } from 'express';
import { type Authenticate, type CallerHandler, requireScope } from '../authenticate.ts';
import { answer } from '../http/response/answer.ts';
import { readJsonBody } from '../http/request/read-json-body.ts';
import type { Route } from '../http/route.ts';
import { jobVary, retryAfter } from './job-headers.ts';

export interface ScheduleRoutesDeps {
  authenticate: Authenticate;
  sql: Postgres['sql'];
  catalogue: Catalogue;
  submit: SubmitDeps;
  /** Of one tenant. */
  schedulesMax: number;
  bodyBytesMax: number;
}

const uncached = { 'Cache-Control': 'private, no-store' };

export function scheduleRoutes(deps: ScheduleRoutesDeps): Route[] {
  const reader = (handle: CallerHandler) => requireScope(deps.authenticate, 'jobs:read', handle);
  const writer = (handle: CallerHandler) => requireScope(deps.authenticate, 'jobs:write', handle);
  return [
    { path: '/v1/schedules', get: reader(listRoute(deps)) },
    {
      path: '/v1/schedules/:name',
      get: reader(readRoute(deps)),
      put: writer(putRoute(deps)),
      delete: writer(deleteRoute(deps)),
    },
    { path: '/v1/schedules/:name/run', post: writer(runRoute(deps)) },
  ];
}

function listRoute({ sql }: ScheduleRoutesDeps): CallerHandler {
  return async ({ tenantId }, req, res) => {
    const schedules = (await withRequestTimeout(readSchedules(sql, tenantId))).map(toSchedule);
    answer(req, res, { status: 200, body: JSON.stringify({ schedules }), headers: uncached });
  };
}

function readRoute({ sql }: ScheduleRoutesDeps): CallerHandler {
  return async ({ tenantId }, req, res) => {
    const found = await withRequestTimeout(readSchedule(sql, keyOf(req, tenantId)));
    if (found === undefined) throw new Problem('schedule-not-found');
    answer(req, res, { status: 200, body: JSON.stringify(toSchedule(found)), headers: uncached });
  };
}

/** `PUT /v1/schedules/{name}`: 201 when it is new, 200 when it replaced one. */
function putRoute({ sql, catalogue, bodyBytesMax, submit, schedulesMax }: ScheduleRoutesDeps): CallerHandler {
  return async ({ tenantId }, req, res) => {
    const parsed = scheduleRequest.safeParse(await readJsonBody(req, bodyBytesMax));
    const key = keyOf(req, tenantId);
    const errors = [...nameFaults(key.name), ...(parsed.error ? toFaults(parsed.error.issues) : [])];
    if (!parsed.success || errors.length > 0) throw new Problem('invalid-request', { errors });
    const { resolveJobWebhook, retentionDays } = submit;
    const deps = { sql, catalogue, resolveJobWebhook, schedulesMax, retentionDays };
    const put = await putSchedule(deps, key, parsed.data);
    const headers = { ...uncached, Location: put.created ? `/v1/schedules/${key.name}` : undefined };
    answer(req, res, { status: put.created ? 201 : 200, body: JSON.stringify(put.schedule), headers });
  };
}

function deleteRoute({ sql }: ScheduleRoutesDeps): CallerHandler {
  return async ({ tenantId }, req, res) => {
    if (!(await withRequestTimeout(deleteSchedule(sql, keyOf(req, tenantId))))) throw new Problem('schedule-not-found');
    answer(req, res, { status: 204, headers: uncached });
  };
}

/** `POST /v1/schedules/{name}/run`: 202 with the job, as a submit of it would answer. */
function runRoute({ sql, catalogue, submit }: ScheduleRoutesDeps): CallerHandler {
  return async (caller, req, res) => {
    const { log } = req.exchange.service;
    const view = await runSchedule({ sql, catalogue, submit, log }, caller, keyOf(req, caller.tenantId).name);
    const headers = {
      Location: `/v1/jobs/${view.id}`,
      'Cache-Control': 'no-store',
      Vary: jobVary,
      'Retry-After': retryAfter(view),
    };
    answer(req, res, { status: 202, body: view.body, headers });
  };
}

function keyOf(req: Request, tenantId: string): ScheduleKey {
  return { tenantId, name: String(req.params['name']) };
}

function nameFaults(name: string) {
  if (scheduleName.test(name)) return [];
  const detail =
    'the name must begin with a small letter or digit and hold only these, dots, dashes and underscores, 100 at most';
  return [{ pointer: '', detail }];
}
