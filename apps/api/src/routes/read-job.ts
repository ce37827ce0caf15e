import type { JobView, WaitUntil } from '@turno/jobs';
import type { CallerHandler } from '../authenticate.ts';
import { answer } from '../http/response/answer.ts';
import { jobEtag, noneMatchKnowsState, noneMatchNames } from '../http/response/etag.ts';
import { jobHeaders } from './job-headers.ts';
import type { JobRoutesDeps } from './jobs-deps.ts';
import { jobKeyOf, preferenceApplied, readOrWait, waitSecondsOf } from './read-or-wait.ts';

/** `GET /v1/jobs/{id}`: the job, or 304 when the client has it. A waiting client is held until there is news for it. */
export function readJobRoute(deps: JobRoutesDeps): CallerHandler {
  return async ({ tenantId }, req, res) => {
    const key = jobKeyOf(req, tenantId);
    const noneMatch = req.headers['if-none-match'];
    const waitSeconds = waitSecondsOf(req);
    const until = (view: JobView) => untilNews(view, noneMatch);
    const view = await readOrWait(deps, req, { key, waitSeconds, until });
    const known = noneMatchNames(noneMatch, jobEtag(view));
    answer(req, res, {
      status: known ? 304 : 200,
      body: known ? undefined : view.body,
      headers: {
        ...jobHeaders(view, deps.resultCacheSeconds),
        'Preference-Applied': preferenceApplied(waitSeconds),
      },
    });
  };
}

/** A client that knows this state waits for another one, a client that knows an older one has its news already. */
function untilNews(view: JobView, noneMatch: string | undefined): WaitUntil | undefined {
  if (noneMatch === undefined) return 'final';
  return noneMatchKnowsState(noneMatch, view) ? { notState: view.state, run: view.run } : undefined;
}
