import { Problem } from '@turno/contract';
import type { JobView } from '@turno/jobs';
import type { JobKey } from '@turno/postgres';
import type { Answer } from '../../http/response/answer.ts';
import { jobEtag, noneMatchNames } from '../../http/response/etag.ts';
import { anyOutput } from '../../openapi/kind-schemas.ts';
import type { OperationDeps } from '../deps.ts';
import type { Call, Operation } from '../operation.ts';
import { jobHeaders, retryAfterSeconds } from './job-headers.ts';
import { jobKeyOf, noSuchJob } from './job-key.ts';
import { preferenceApplied, readOrWait, beginWait } from './wait-for-job.ts';

type Deps = Pick<
  OperationDeps,
  'signOutput' | 'isKeyValid' | 'reader' | 'readOutput' | 'resultCacheSeconds' | 'waiters' | 'waitShares'
>;

export const readOutput: Operation<Deps> = {
  method: 'get',
  path: '/v1/jobs/{jobId}/output',
  scope: 'jobs:read',
  operationId: 'readOutput',
  summary: 'Read the bare output of a completed job',
  request: { waits: true, conditional: true },
  responses: {
    200: { description: 'The return value of the handler', content: { schema: anyOutput }, headers: ['Cache-Control'] },
    303: { description: 'The output is a file: follow to its signed address', headers: ['Location'] },
  },
  problems: ['job-not-found', 'job-not-completed'],
  run,
};

async function run(deps: Deps, call: Call): Promise<Answer> {
  const { caller, req } = call;
  const key = jobKeyOf(req, caller.tenantId);
  const waitSeconds = beginWait(deps, call);
  const view = await readOrWait(deps, req, { key, waitSeconds, until: () => 'final' });
  if (view.state !== 'completed') throw noOutput(view, waitSeconds);
  const known = noneMatchNames(req.headers['if-none-match'], jobEtag(view));
  const output = known ? undefined : await deps.readOutput(key);
  if (!known && output === undefined) return redirectToFile(deps, key, waitSeconds);
  return {
    status: known ? 304 : 200,
    body: output,
    headers: {
      ...jobHeaders(view, deps.resultCacheSeconds),
      'Preference-Applied': preferenceApplied(waitSeconds),
    },
  };
}

/** An output that is too large for a row is a file; its signed address is a new one each time. */
async function redirectToFile(
  { signOutput }: Pick<Deps, 'signOutput'>,
  key: JobKey,
  waitSeconds: number | undefined,
): Promise<Answer> {
  const address = await signOutput(key);
  if (address === undefined) throw noSuchJob();
  return {
    status: 303,
    headers: { Location: address, 'Cache-Control': 'no-store', 'Preference-Applied': preferenceApplied(waitSeconds) },
  };
}

function noOutput(view: JobView, waitSeconds: number | undefined): Problem {
  const { state, error } = view;
  const why = state === 'failed' && error ? `The job failed: ${error.code}.` : `The job is ${state}.`;
  const seconds = retryAfterSeconds(view);
  return new Problem('job-not-completed', {
    detail: why,
    extensions: { state, error },
    ...(waitSeconds !== undefined && { headers: { 'Preference-Applied': `wait=${waitSeconds}` } }),
    ...(seconds !== undefined && { retryAfterSeconds: seconds }),
  });
}
