import type { Answer } from '../../http/response/answer.ts';
import { noneMatchNames } from '../../http/response/etag.ts';
import { anyInput } from '../../openapi/kind-schemas.ts';
import type { OperationDeps } from '../deps.ts';
import type { Call, Operation } from '../operation.ts';
import { jobVary } from './job-headers.ts';
import { jobKeyOf, noSuchJob } from './job-key.ts';

type Deps = Pick<OperationDeps, 'readInput' | 'resultCacheSeconds'>;

export const readInput: Operation<Deps> = {
  method: 'get',
  path: '/v1/jobs/{jobId}/input',
  scope: 'jobs:read',
  operationId: 'readInput',
  summary: 'Read the bare input of a job, defaults filled in',
  request: { conditional: true },
  responses: {
    200: { description: 'The input as the handler gets it', content: { schema: anyInput }, headers: ['Cache-Control'] },
  },
  problems: ['job-not-found'],
  run,
};

/** A job's input never changes, so one tag per address is enough. */
const inputEtag = '"input"';

async function run({ readInput: read, resultCacheSeconds }: Deps, { caller, req }: Call): Promise<Answer> {
  const input = await read(jobKeyOf(req, caller.tenantId));
  if (input === undefined) throw noSuchJob();
  const known = noneMatchNames(req.headers['if-none-match'], inputEtag);
  return {
    status: known ? 304 : 200,
    body: known ? undefined : input,
    headers: { ETag: inputEtag, 'Cache-Control': `private, max-age=${resultCacheSeconds}`, Vary: jobVary },
  };
}
