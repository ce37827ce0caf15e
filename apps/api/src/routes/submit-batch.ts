import { findReplay, type JobRequest, submitJobs } from '@turno/jobs';
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
    const overQuota = countSubmit(deps.account, caller, req);
    const body = await readBody(req, Math.min(deps.bodyBytesMax, caller.plan.payloadBytesMax ?? Infinity));
    const key = requestKeyOf(req, body);
    const requests = parseBatch(deps.catalogue, parseStrictJson(body));
    for (const [kind, count] of countKinds(requests)) await deps.limitKind(req, caller, { kind, count });
    const submitted =
      overQuota === undefined
        ? await submitJobs(deps.submit, caller, { requests, key, traceparent: req.exchange.traceparent })
        : await findReplay(deps.submit, { tenantId: caller.tenantId, key });
    if (submitted === undefined) throw overQuota;
    const { views, replayed } = submitted;
    req.exchange.logged['jobs'] = views.length;
    answer(req, res, {
      status: 202,
      body: `{"jobs":[${views.map((view) => view.body).join(',')}]}`,
      headers: { 'Cache-Control': 'no-store', 'Idempotency-Replayed': replayed ? 'true' : undefined },
    });
  };
}

function countKinds(requests: readonly JobRequest[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { entry } of requests) counts.set(entry.kind.name, (counts.get(entry.kind.name) ?? 0) + 1);
  return counts;
}
