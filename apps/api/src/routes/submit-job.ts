import { isFinal } from '@turno/contract';
import { submitJobs, type JobView } from '@turno/jobs';
import type { Request, Response } from 'express';
import type { CallerHandler } from '../authenticate.ts';
import { answer } from '../http/answer.ts';
import { jobEtag } from '../http/etag.ts';
import { holdOpen } from '../http/hold-open.ts';
import { requestKeyOf } from '../http/idempotency-key.ts';
import { readBody } from '../http/read-json-body.ts';
import { parseStrictJson } from '../http/strict-json.ts';
import { jobVary, retryAfter } from './job-headers.ts';
import type { JobRoutesDeps } from './jobs-deps.ts';
import { parseSubmit } from './parse-submit.ts';
import { preferenceApplied, waitSecondsOf } from './read-or-wait.ts';

/**
 * `POST /v1/jobs`: 202 once the job is committed, or 200 with the finished job when the client waits and it ends in time, or
 * when the request is a repeat.
 */
export function submitRoute(deps: JobRoutesDeps): CallerHandler {
  return async (caller, req, res) => {
    const body = await readBody(req, Math.min(deps.bodyBytesMax, caller.plan.payloadBytesMax ?? Infinity));
    const key = requestKeyOf(req, body);
    const request = parseSubmit(deps.submit.catalogue, parseStrictJson(body));
    await deps.limitKind(req, caller, { kind: request.kind, count: 1 });
    const { views, replayed } = await submitJobs(deps.submit, caller, { requests: [request], key });
    const [accepted] = views as [JobView];
    req.exchange.logged['jobId'] = accepted.id;
    req.exchange.logged['kind'] = request.kind;
    const waitSeconds = waitSecondsOf(req);
    const waiting = { tenantId: caller.tenantId, accepted, waitSeconds };
    const view = waitSeconds === undefined ? accepted : await waitForEnd(deps, { req, res }, waiting);
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
        'Idempotency-Replayed': replayed ? 'true' : undefined,
      },
    });
  };
}

interface Accepted {
  tenantId: string;
  accepted: JobView;
  waitSeconds: number | undefined;
}

/** Never throws: the job is accepted by now, and no failure to wait may hide that. */
async function waitForEnd(
  { waiters }: JobRoutesDeps,
  { req, res }: { req: Request; res: Response },
  { tenantId, accepted, waitSeconds = 0 }: Accepted,
): Promise<JobView> {
  const wait = { tenantId, jobId: accepted.id, until: 'final' as const, timeoutMs: waitSeconds * 1_000 };
  try {
    return (await holdOpen(req, res, (signal) => waiters.wait({ ...wait, signal }))) ?? accepted;
  } catch (error) {
    req.exchange.service.log.warn({ err: error, requestId: req.exchange.id }, 'accepted, but could not wait');
    return accepted;
  }
}
