import { retryRequest } from '@turno/contract';
import { cancelJob, deleteJob, type JobView, retryFailedJobs, retryJob } from '@turno/jobs';
import type { CallerHandler } from '../authenticate.ts';
import { answer } from '../http/response/answer.ts';
import { jobEtag } from '../http/response/etag.ts';
import { parseBody } from '../http/request/parse-body.ts';
import { jobVary, retryAfter } from './job-headers.ts';
import { toJobFilter } from './job-filter.ts';
import type { JobRoutesDeps } from './jobs-deps.ts';
import { jobKeyOf } from './read-or-wait.ts';

/** `POST /v1/jobs/{id}/cancel`: 200 with the job, final already; 409 when it was final before. */
export function cancelRoute({ change }: JobRoutesDeps): CallerHandler {
  return async ({ tenantId, keyId, scopes }, req, res) => {
    const by = { keyId, isAdmin: scopes.has('admin') };
    const view = await cancelJob(change, jobKeyOf(req, tenantId), by);
    answer(req, res, { status: 200, body: view.body, headers: changedHeaders(view) });
  };
}

/** `POST /v1/jobs/{id}/retry`: 202 with the same job in its next run; 409 unless it failed or was cancelled. */
export function retryRoute({ change, submit }: JobRoutesDeps): CallerHandler {
  const deps = { ...change, backlogLimits: submit.backlogLimits };
  return async (caller, req, res) => {
    const { jobId } = jobKeyOf(req, caller.tenantId);
    const view = await retryJob(deps, caller, jobId);
    const headers = { Location: `/v1/jobs/${view.id}`, 'Retry-After': retryAfter(view), ...changedHeaders(view) };
    answer(req, res, { status: 202, body: view.body, headers });
  };
}

/** `POST /v1/jobs/retry`: 202 with how many failed jobs have a new run. */
export function retryManyRoute({ change, list, submit }: JobRoutesDeps): CallerHandler {
  const deps = { ...change, backlogLimits: submit.backlogLimits };
  return async (caller, req, res) => {
    const { filter } = await parseBody(req, retryRequest);
    const wanted = toJobFilter(filter, { tenantId: caller.tenantId, search: list.search });
    const count = await retryFailedJobs(deps, caller, wanted);
    answer(req, res, { status: 202, body: JSON.stringify({ count }), headers: { 'Cache-Control': 'no-store' } });
  };
}

/** `DELETE /v1/jobs/{id}`: 204 when the job and all that belongs to it is gone; 409 when it is not final. */
export function deleteRoute({ change }: JobRoutesDeps): CallerHandler {
  return async ({ tenantId }, req, res) => {
    await deleteJob(change, jobKeyOf(req, tenantId));
    answer(req, res, { status: 204, headers: { 'Cache-Control': 'no-store' } });
  };
}

function changedHeaders(view: JobView): Record<string, string> {
  return {
    'Content-Location': `/v1/jobs/${view.id}`,
    ETag: jobEtag(view),
    'Cache-Control': 'no-store',
    Vary: jobVary,
  };
}
