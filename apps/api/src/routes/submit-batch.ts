import { submitJobs } from '@turno/jobs';
import type { CallerHandler } from '../authenticate.ts';
import { answer } from '../http/response/answer.ts';
import { requestKeyOf } from '../http/request/idempotency-key.ts';
import { readBody } from '../http/request/read-json-body.ts';
import { parseStrictJson } from '../http/request/strict-json.ts';
import { countSubmit } from './count-submit.ts';
import type { JobRoutesDeps } from './jobs-deps.ts';
import { parseBatch } from './parse-submit.ts';

/** `POST /v1/jobs/batch`: 202 with all the jobs in their order once they are committed together, or none of them. */
export function submitBatchRoute(deps: JobRoutesDeps): CallerHandler {
  return async (caller, req, res) => {
    const refused = countSubmit(deps.account, caller, req);
    const body = await readBody(req, Math.min(deps.bodyBytesMax, caller.plan.payloadBytesMax ?? Infinity));
    const key = requestKeyOf(req, body);
    const requests = parseBatch(deps.submit.catalogue, parseStrictJson(body));
    for (const [kind, count] of countKinds(requests)) await deps.limitKind(req, caller, { kind, count });
    const { views, replayed } = await submitJobs(deps.submit, caller, {
      requests,
      batch: true,
      key,
      traceparent: req.exchange.traceparent,
      refused,
    });
    req.exchange.logged['jobs'] = views.length;
    answer(req, res, {
      status: 202,
      body: `{"jobs":[${views.map((view) => view.body).join(',')}]}`,
      headers: { 'Cache-Control': 'no-store', 'Idempotency-Replayed': replayed ? 'true' : undefined },
    });
  };
}

function countKinds(requests: readonly { kind: string }[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { kind } of requests) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}
