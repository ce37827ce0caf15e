import { batchRequest, job } from '@turno/contract';
import { findReplay, type JobRequest, submitJobs } from '@turno/jobs';
import { inOwnTurn } from '@turno/runtime';
import { z } from 'zod';
import { requestKeyOf } from '../../http/request/idempotency-key.ts';
import { readBody } from '../../http/request/read-json-body.ts';
import { parseStrictJson } from '../../http/request/strict-json.ts';
import type { Answer } from '../../http/response/answer.ts';
import type { OperationDeps } from '../deps.ts';
import type { Call, Operation } from '../operation.ts';
import { countSubmit, replayOrThrow } from './count-submit.ts';
import { exampleJob } from './example-job.ts';
import { parseBatch } from './parse-submit.ts';

type Deps = Pick<OperationDeps, 'bodyBytesMax' | 'catalogue' | 'limitKind' | 'meter' | 'submit'>;

export const submitBatch: Operation<Deps> = {
  method: 'post',
  path: '/v1/jobs/batch',
  scope: 'jobs:write',
  quota: 'self',
  operationId: 'submitBatch',
  summary: 'Submit up to 1,000 jobs, all or none',
  request: {
    body: {
      schema: batchRequest,
      example: { jobs: [1, 2].map((n) => ({ kind: 'math.sum-of-squares', input: { n } })) },
    },
    idempotent: true,
  },
  responses: {
    202: {
      description: 'Accepted: the jobs are durable, in the order in which they came',
      content: { schema: z.object({ jobs: z.array(job) }), example: { jobs: [exampleJob] } },
    },
  },
  problems: ['too-many-jobs-waiting', 'backlog-full'],
  run,
};

/** Answers 202 with all the jobs in their order once they are committed together. */
async function run(deps: Deps, { caller, req }: Call): Promise<Answer> {
  const overQuota = countSubmit(deps.meter, caller, req);
  const body = await readBody(req, Math.min(deps.bodyBytesMax, caller.plan.payloadBytesMax ?? Infinity));
  const key = requestKeyOf(req, body);
  const requests = await parseBatch(deps.catalogue, await inOwnTurn(() => parseStrictJson(body)));
  for (const [kind, count] of countKinds(requests)) await deps.limitKind(req, caller, { kind, count });
  const { traceparent } = req.context;
  const submitted =
    overQuota === undefined
      ? await submitJobs(deps.submit, caller, { requests, key, traceparent })
      : await replayOrThrow(overQuota, findReplay(deps.submit, { tenantId: caller.tenantId, key }));
  const { views, replayed } = submitted;
  req.context.logged['jobs'] = views.length;
  return {
    status: 202,
    body: `{"jobs":[${views.map((view) => view.body).join(',')}]}`,
    headers: { 'Cache-Control': 'no-store', 'Idempotency-Replayed': replayed ? 'true' : undefined },
  };
}

function countKinds(requests: readonly JobRequest[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { entry } of requests) counts.set(entry.kind.name, (counts.get(entry.kind.name) ?? 0) + 1);
  return counts;
}
