import { Problem, submitOptions } from '@turno/contract';
import { type JobView, type Sharing, submitJob } from '@turno/jobs';
import { describeKind, parseInput } from '@turno/kinds';
import type { CallerHandler } from '../authenticate.ts';
import { answer } from '../http/response/answer.ts';
import { noneMatchNames } from '../http/response/etag.ts';
import { inputFromQuery } from '../http/request/query-input.ts';
import { jobVary, retryAfter } from './job-headers.ts';
import type { JobRoutesDeps } from './jobs-deps.ts';
import { preferenceApplied, waitSecondsOf } from './read-or-wait.ts';
import { sharingHeaders } from './sharing-headers.ts';
import { waitForEnd } from './wait-for-end.ts';

const waitSecondsDefault = 10;

/**
 * `GET /v1/run/{kind}?…`: the bare result of the work that the query describes, shared with all who want the same. 202 with the job
 * when it is not there in time, 502 when it failed.
 */
export function runKindRoute(deps: JobRoutesDeps): CallerHandler {
  const { catalogue } = deps;
  // Made once: it takes a while.
  const schemas = new Map([...catalogue].map(([name, entry]) => [name, describeKind(entry).inputSchema]));
  return async (caller, req, res) => {
    const name = String(req.params['kind']);
    const entry = catalogue.get(name);
    if (entry?.kind.cacheable !== true) throw notToRun(entry !== undefined);
    // The pointers of its faults name fields of the query.
    const input = parseInput(entry, inputFromQuery(req.query, schemas.get(name) ?? {}), '');
    await deps.limitKind(req, caller, { kind: name, count: 1 });
    const options = submitOptions.parse({ cacheSeconds: deps.resultCacheSeconds });
    const submitted = await submitJob(deps.submit, caller, {
      request: { entry, input, options },
      traceparent: req.exchange.traceparent,
    });
    const [accepted] = submitted.views;
    req.exchange.logged['jobId'] = accepted.id;
    req.exchange.logged['kind'] = name;
    const preferred = waitSecondsOf(req);
    const waiting = { tenantId: caller.tenantId, accepted, waitSeconds: preferred ?? waitSecondsDefault };
    const view = await waitForEnd(deps, req, waiting);
    if (view.state === 'failed' || view.state === 'cancelled') throw jobFailed(view);
    const result = view.state === 'completed' ? await resultOf(deps, caller.tenantId, view) : undefined;
    const headers = {
      Vary: jobVary,
      'Preference-Applied': preferenceApplied(preferred),
      ...sharingHeaders(submitted),
      ...(result === undefined
        ? pendingHeaders(view)
        : resultHeaders(view, submitted.sharing, deps.resultCacheSeconds)),
    };
    const known = result !== undefined && noneMatchNames(req.headers['if-none-match'], resultEtag(view));
    const status = known ? 304 : result === undefined ? 202 : 200;
    answer(req, res, { status, body: known ? undefined : (result ?? view.body), headers });
  };
}

async function resultOf({ readOutput }: JobRoutesDeps, tenantId: string, { id }: JobView): Promise<string> {
  const output = await readOutput({ tenantId, jobId: id });
  if (output === undefined) throw new Problem('job-not-found'); // erased this very moment
  return output;
}

function pendingHeaders(view: JobView) {
  return { Location: `/v1/jobs/${view.id}`, 'Cache-Control': 'no-store', 'Retry-After': retryAfter(view) };
}

function resultHeaders(view: JobView, sharing: Sharing | undefined, cacheSeconds: number) {
  return {
    'Content-Location': `/v1/jobs/${view.id}/output`,
    ETag: resultEtag(view),
    'Cache-Control': sharing === undefined ? 'no-store' : `private, max-age=${cacheSeconds}`,
    ...(sharing !== undefined && sharing.how !== 'hit' && { Age: '0' }),
  };
}

/** Names the job too: one address shows the results of many. */
function resultEtag({ id, run }: JobView): string {
  return `"${id}-${run}"`;
}

function jobFailed({ id, state, error }: JobView): Problem {
  const detail = error === null ? `The job is ${state}.` : `The job failed: ${error.code}.`;
  return new Problem('job-failed', { detail, extensions: { jobId: id, state, error } });
}

function notToRun(isKnown: boolean): Problem {
  const detail = isKnown
    ? 'The results of this kind are not shared: submit it to /v1/jobs.'
    : 'There is no such kind; GET /v1/kinds lists them.';
  return new Problem('unknown-kind', { detail });
}
