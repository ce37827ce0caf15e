import { Problem } from '@turno/contract';
import type { JobView } from '@turno/jobs';
import type { JobKey } from '@turno/postgres';
import type { Request, Response } from 'express';
import type { CallerHandler } from '../authenticate.ts';
import { answer } from '../http/response/answer.ts';
import { jobEtag, noneMatchNames } from '../http/response/etag.ts';
import { jobHeaders, jobVary, retryAfterSeconds } from './job-headers.ts';
import type { JobRoutesDeps } from './jobs-deps.ts';
import { jobKeyOf, noSuchJob, preferenceApplied, readOrWait, waitSecondsOf } from './read-or-wait.ts';

/** `GET /v1/jobs/{id}/output`: the bare value, or 409 with the reason while, or because, there is none. */
export function readOutputRoute(deps: JobRoutesDeps): CallerHandler {
  return async ({ tenantId }, req, res) => {
    const key = jobKeyOf(req, tenantId);
    const waitSeconds = waitSecondsOf(req);
    const view = await readOrWait(deps, req, { key, waitSeconds, until: () => 'final' });
    if (view.state !== 'completed') throw noOutput(view, waitSeconds);
    const known = noneMatchNames(req.headers['if-none-match'], jobEtag(view));
    const output = known ? undefined : await deps.readOutput(key);
    if (!known && output === undefined) return answerFile(deps, { req, res }, { key, waitSeconds });
    answer(req, res, {
      status: known ? 304 : 200,
      body: output,
      headers: {
        ...jobHeaders(view, deps.resultCacheSeconds),
        'Preference-Applied': preferenceApplied(waitSeconds),
      },
    });
  };
}

/** An output that is too large for a row stands in a file: a signed address, new each time. */
async function answerFile(
  deps: JobRoutesDeps,
  { req, res }: { req: Request; res: Response },
  { key, waitSeconds }: { key: JobKey; waitSeconds: number | undefined },
): Promise<void> {
  const address = await deps.signOutput(key);
  if (address === undefined) throw noSuchJob();
  answer(req, res, {
    status: 303,
    headers: { Location: address, 'Cache-Control': 'no-store', 'Preference-Applied': preferenceApplied(waitSeconds) },
  });
}

/** A job's input never changes, so one tag per address will do. */
const inputEtag = '"input"';

/** `GET /v1/jobs/{id}/input`: the bare value, as the handler gets it. It is there from the start, so nothing is waited for. */
export function readInputRoute(deps: JobRoutesDeps): CallerHandler {
  return async ({ tenantId }, req, res) => {
    const input = await deps.readInput(jobKeyOf(req, tenantId));
    if (input === undefined) throw noSuchJob();
    const known = noneMatchNames(req.headers['if-none-match'], inputEtag);
    answer(req, res, {
      status: known ? 304 : 200,
      body: known ? undefined : input,
      headers: { ETag: inputEtag, 'Cache-Control': `private, max-age=${deps.resultCacheSeconds}`, Vary: jobVary },
    });
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
