import { isFinal } from '@turno/contract';
import { findReplay, submitJob } from '@turno/jobs';
import type { CallerHandler } from '../authenticate.ts';
import { answer } from '../http/response/answer.ts';
import { jobEtag } from '../http/response/etag.ts';
import { requestKeyOf } from '../http/request/idempotency-key.ts';
import { readBody } from '../http/request/read-json-body.ts';
import { parseStrictJson } from '../http/request/strict-json.ts';
import { countSubmit } from './count-submit.ts';
import { jobVary, retryAfter } from './job-headers.ts';
import type { JobRoutesDeps } from './jobs-deps.ts';
import { parseSubmit } from './parse-submit.ts';
import { preferenceApplied, waitSecondsOf } from './read-or-wait.ts';
import { sharingHeaders } from './sharing-headers.ts';
import { waitForEnd } from './wait-for-end.ts';

/**
 * `POST /v1/jobs`: 202 once the job is committed, or 200 with the finished job when the client waits and it ends in time, or
 * when the request is a repeat or takes a result that is there.
 */
export function submitRoute(deps: JobRoutesDeps): CallerHandler {
  return async (caller, req, res) => {
    const overQuota = countSubmit(deps.account, caller, req);
    const body = await readBody(req, Math.min(deps.bodyBytesMax, caller.plan.payloadBytesMax ?? Infinity));
    const { traceparent } = req.exchange;
    const key = requestKeyOf(req, body);
    const request = parseSubmit(deps.catalogue, parseStrictJson(body));
    const kind = request.entry.kind.name;
    await deps.limitKind(req, caller, { kind, count: 1 });
    const submitted =
      overQuota === undefined
        ? await submitJob(deps.submit, caller, { request, key, traceparent })
        : await findReplay(deps.submit, { tenantId: caller.tenantId, key });
    if (submitted === undefined) throw overQuota;
    const {
      views: [accepted],
      replayed,
    } = submitted;
    req.exchange.logged['jobId'] = accepted.id;
    req.exchange.logged['kind'] = kind;
    const waitSeconds = waitSecondsOf(req);
    const view = await waitForEnd(deps, req, { tenantId: caller.tenantId, accepted, waitSeconds });
    const location = `/v1/jobs/${view.id}`;
    const finished = isFinal(view.state);
    answer(req, res, {
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
        'Idempotency-Replayed': replayed ? 'true' : undefined,
      },
    });
  };
}
