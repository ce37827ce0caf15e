import { requireScope, type CallerHandler } from '../authenticate.ts';
import type { Route } from '../http/route.ts';
import { cancelRoute, deleteRoute, retryManyRoute, retryRoute } from './change-job.ts';
import { jobEventsRoute } from './job-events.ts';
import type { JobRoutesDeps } from './jobs-deps.ts';
import { listRoute } from './list-jobs.ts';
import { readJobRoute } from './read-job.ts';
import { readInputRoute, readOutputRoute } from './read-values.ts';
import { runKindRoute } from './run-kind.ts';
import { submitBatchRoute } from './submit-batch.ts';
import { submitRoute } from './submit-job.ts';

/** The most wanted first: Express tries them in this order. */
export function jobRoutes(deps: JobRoutesDeps): Route[] {
  const reader = (handle: CallerHandler) => requireScope(deps.authenticate, 'jobs:read', handle);
  const writer = (handle: CallerHandler) => requireScope(deps.authenticate, 'jobs:write', handle);
  const submitter = (handle: CallerHandler) => requireScope(deps.account.identify, 'jobs:write', handle);
  return [
    // These before the ids, they could be such.
    { path: '/v1/jobs/retry', post: writer(retryManyRoute(deps)) },
    { path: '/v1/jobs/batch', post: submitter(submitBatchRoute(deps)) },
    { path: '/v1/jobs/:jobId', get: reader(readJobRoute(deps)), delete: writer(deleteRoute(deps)) },
    { path: '/v1/jobs', get: reader(listRoute(deps)), post: submitter(submitRoute(deps)) },
    { path: '/v1/jobs/:jobId/output', get: reader(readOutputRoute(deps)) },
    { path: '/v1/jobs/:jobId/input', get: reader(readInputRoute(deps)) },
    { path: '/v1/jobs/:jobId/events', get: reader(jobEventsRoute(deps)) },
    { path: '/v1/jobs/:jobId/cancel', post: writer(cancelRoute(deps)) },
    { path: '/v1/run/:kind', get: writer(runKindRoute(deps)) },
    { path: '/v1/jobs/:jobId/retry', post: writer(retryRoute(deps)) },
  ];
}
