import { isFinal, job } from '@turno/contract';
import { findReplay, submitJob as submit } from '@turno/jobs';
import { requestKeyOf } from '../../http/request/idempotency-key.ts';
import { readBody } from '../../http/request/read-json-body.ts';
import { parseStrictJson } from '../../http/request/strict-json.ts';
import type { Answer } from '../../http/response/answer.ts';
import { jobEtag } from '../../http/response/etag.ts';
import { anySubmit, exampleSubmits } from '../../openapi/kind-schemas.ts';
import type { OperationDeps } from '../deps.ts';
import type { Call, Operation } from '../operation.ts';
import { countSubmit, replayOrThrow } from './count-submit.ts';
import { exampleJob } from './example-job.ts';
import { jobVary, retryAfter } from './job-headers.ts';
import { parseSubmit } from './parse-submit.ts';
import { sharingHeaders } from './sharing-headers.ts';
import { preferenceApplied, waitForEnd, beginWait } from './wait-for-job.ts';

type Deps = Pick<
  OperationDeps,
  'bodyBytesMax' | 'catalogue' | 'isKeyValid' | 'limitKind' | 'meter' | 'submit' | 'waiters' | 'waitShares'
>;

export const submitJob: Operation<Deps> = {
  method: 'post',
  path: '/v1/jobs',
  scope: 'jobs:write',
  quota: 'self',
  operationId: 'submitJob',
  summary: 'Submit a job',
  request: { body: { schema: anySubmit, examples: exampleSubmits }, waits: true, idempotent: true },
  responses: {
    200: {
      description: 'The finished job: it ended within the wait, or the request is a repeat or reuses a shared result',
      content: { schema: job, example: exampleJob },
      headers: ['Location', 'Content-Location', 'ETag', 'Age', 'Cache-Status'],
    },
    202: {
      description: 'Accepted: the job is durable',
      content: { schema: job, example: exampleJob },
      headers: ['Location', 'Retry-After', 'Cache-Status'],
    },
  },
  problems: ['unknown-kind', 'too-many-jobs-waiting', 'backlog-full'],
  run,
};

/** Answers 202 once the job is committed; 200 when it is final by then or at the end of the wait. */
async function run(deps: Deps, call: Call): Promise<Answer> {
  const { caller, req } = call;
  const overQuota = countSubmit(deps.meter, caller, req);
  const { tenantId, plan } = caller;
  const body = await readBody(req, Math.min(deps.bodyBytesMax, plan.payloadBytesMax ?? Infinity));
  const { traceparent } = req.context;
  const key = requestKeyOf(req, body);
  const request = parseSubmit(deps.catalogue, parseStrictJson(body));
  const kind = request.entry.kind.name;
  await deps.limitKind(req, caller, { kind, count: 1 });
  const submittedAtMs = performance.now();
  const submitted =
    overQuota === undefined
      ? await submit(deps.submit, caller, { request, key, traceparent })
      : await replayOrThrow(overQuota, findReplay(deps.submit, { tenantId, key }));
  const [accepted] = submitted.views;
  req.context.logged['jobId'] = accepted.id;
  req.context.logged['kind'] = kind;
  const waitSeconds = beginWait(deps, call);
  const view = await waitForEnd(deps, req, { tenantId, accepted, submittedAtMs, waitSeconds });
  const location = `/v1/jobs/${view.id}`;
  const finished = isFinal(view.state);
  return {
    status: finished ? 200 : 202,
    body: view.body,
    headers: {
      Location: location,
      'Content-Location': finished ? location : undefined,
      ETag: finished ? jobEtag(view) : undefined,
      'Cache-Control': 'no-store',
      Vary: jobVary,
      'Retry-After': retryAfter(view),
      'Preference-Applied': preferenceApplied(waitSeconds),
      ...sharingHeaders(submitted),
      'Idempotency-Replayed': submitted.replayed ? 'true' : undefined,
    },
  };
}
