import { job } from '@turno/contract';
import type { JobView, WaitUntil } from '@turno/jobs';
import { type MaybeReady, whenReady } from '@turno/runtime';
import type { Answer } from '../../http/response/answer.ts';
import { noneMatchKnowsState, noneMatchNames } from '../../http/response/etag.ts';
import type { OperationDeps } from '../deps.ts';
import type { Call, Operation } from '../operation.ts';
import { exampleJob } from './example-job.ts';
import { jobHeaders } from './job-headers.ts';
import { jobKeyOf } from './job-key.ts';
import { preferenceApplied, readOrWait, beginWait } from './wait-for-job.ts';

type Deps = Pick<OperationDeps, 'isKeyValid' | 'reader' | 'resultCacheSeconds' | 'waiters' | 'waitShares'>;

export const readJob: Operation<Deps> = {
  method: 'get',
  path: '/v1/jobs/{jobId}',
  scope: 'jobs:read',
  operationId: 'readJob',
  summary: 'Read a job, or wait for news of it',
  request: { waits: true, conditional: true },
  responses: {
    200: {
      description: 'The job as it is now',
      content: { schema: job, example: exampleJob },
      headers: ['Retry-After', 'Cache-Control'],
    },
  },
  problems: ['job-not-found'],
  run,
};

/**
 * Answers with the job, or 304 when the client has it. With `Prefer: wait` it is held until there is news.
 */
function run(deps: Deps, call: Call): MaybeReady<Answer> {
  const { caller, req } = call;
  const key = jobKeyOf(req, caller.tenantId);
  const noneMatch = req.headers['if-none-match'];
  const waitSeconds = beginWait(deps, call);
  const reading = readOrWait(deps, req, { key, waitSeconds, until: (known) => untilNews(known, noneMatch) });
  return whenReady(reading, (view) => {
    const headers = jobHeaders(view, deps.resultCacheSeconds);
    const known = noneMatchNames(noneMatch, headers.ETag);
    headers['Preference-Applied'] = preferenceApplied(waitSeconds);
    return { status: known ? 304 : 200, body: known ? undefined : view.body, headers };
  });
}

/**
 * A client that knows this state waits for another one. For a client with an older state this state is news.
 */
function untilNews(view: JobView, noneMatch: string | undefined): WaitUntil | undefined {
  if (noneMatch === undefined) return 'final';
  return noneMatchKnowsState(noneMatch, view) ? { notState: view.state, run: view.run } : undefined;
}
