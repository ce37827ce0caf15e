import { job, Problem, submitOptions } from '@turno/contract';
import { type JobRequest, type JobView, type Sharing, submitJob } from '@turno/jobs';
import { parseInput } from '@turno/kinds';
import { pathParameter } from '../../http/request/path-parameter.ts';
import { inputFromQuery } from '../../http/request/query-input.ts';
import type { Answer } from '../../http/response/answer.ts';
import { noneMatchNames } from '../../http/response/etag.ts';
import { anyCacheableOutput } from '../../openapi/kind-schemas.ts';
import type { OperationDeps } from '../deps.ts';
import { exampleJob } from '../jobs/example-job.ts';
import { jobVary, retryAfter } from '../jobs/job-headers.ts';
import { sharingHeaders } from '../jobs/sharing-headers.ts';
import { beginWait, preferenceApplied, waitForEnd, waitSecondsOf } from '../jobs/wait-for-job.ts';
import type { Call, Operation } from '../operation.ts';

type Deps = Pick<
  OperationDeps,
  | 'catalogue'
  | 'isKeyValid'
  | 'kindDocuments'
  | 'limitKind'
  | 'readOutput'
  | 'resultCacheSeconds'
  | 'submit'
  | 'waiters'
  | 'waitShares'
>;

const waitSecondsDefault = 10;

export const runKind: Operation<Deps> = {
  method: 'get',
  path: '/v1/run/{kind}',
  scope: 'jobs:write',
  operationId: 'runKind',
  summary: 'Get the result of a cacheable kind, shared by all requests for the same work',
  request: { inputInQuery: true, waits: true, conditional: true },
  responses: {
    200: {
      description: 'The bare result',
      content: { schema: anyCacheableOutput },
      headers: ['Content-Location', 'Cache-Control', 'Age', 'Cache-Status'],
    },
    202: {
      description: 'Not ready yet: the job',
      content: { schema: job, example: exampleJob },
      headers: ['Location', 'Retry-After', 'Cache-Status'],
    },
  },
  problems: ['unknown-kind', 'job-not-found', 'invalid-request', 'job-failed', 'too-many-jobs-waiting', 'backlog-full'],
  run,
};

/** Submits the work that the query describes and answers with its bare result; 202 when it is not ready in time. */
async function run(deps: Deps, call: Call): Promise<Answer> {
  const { caller, req } = call;
  const name = pathParameter(req, 'kind');
  const entry = deps.catalogue.get(name);
  if (entry?.kind.cacheable !== true) throw notCacheable(entry !== undefined);
  const given = inputFromQuery(req.query, deps.kindDocuments.descriptions.get(name)?.inputSchema ?? {});
  const input = parseInput(entry, given, ''); // pointers name the fields of the query
  await deps.limitKind(req, caller, { kind: name, count: 1 });
  const options = submitOptions.parse({ cacheSeconds: deps.resultCacheSeconds });
  const request: JobRequest = { entry, input, options };
  const submittedAtMs = performance.now();
  const submitted = await submitJob(deps.submit, caller, { request, traceparent: req.context.traceparent });
  const [accepted] = submitted.views;
  req.context.logged['jobId'] = accepted.id;
  req.context.logged['kind'] = name;
  const preferred = waitSecondsOf(req);
  const waitSeconds = beginWait(deps, call, preferred ?? waitSecondsDefault);
  const view = await waitForEnd(deps, req, { tenantId: caller.tenantId, accepted, submittedAtMs, waitSeconds });
  if (view.state === 'failed' || view.state === 'cancelled') throw jobFailed(view);
  const result = view.state === 'completed' ? await resultOf(deps, caller.tenantId, view) : undefined;
  const known = result !== undefined && noneMatchNames(req.headers['if-none-match'], resultEtag(view));
  return {
    status: known ? 304 : result === undefined ? 202 : 200,
    body: known ? undefined : (result ?? view.body),
    headers: {
      Vary: jobVary,
      'Preference-Applied': preferenceApplied(waitSeconds && preferred),
      ...sharingHeaders(submitted),
      ...(result === undefined
        ? pendingHeaders(view)
        : resultHeaders(view, submitted.sharing, deps.resultCacheSeconds)),
    },
  };
}

async function resultOf({ readOutput }: Pick<Deps, 'readOutput'>, tenantId: string, { id }: JobView): Promise<string> {
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

/** Names the job too: one address shows the results of many jobs. */
function resultEtag({ id, run: number }: JobView): string {
  return `"${id}-${number}"`;
}

function jobFailed({ id, state, error }: JobView): Problem {
  const detail = error === null ? `The job is ${state}.` : `The job failed: ${error.code}.`;
  return new Problem('job-failed', { detail, extensions: { jobId: id, state, error } });
}

function notCacheable(isKnown: boolean): Problem {
  const detail = isKnown
    ? 'The results of this kind are not shared: submit it to /v1/jobs.'
    : 'There is no such kind; GET /v1/kinds lists them.';
  return new Problem('unknown-kind', { detail });
}
