import { isFinal, isId, Problem } from '@turno/contract';
import type { JobView, WaitUntil } from '@turno/jobs';
import type { JobKey } from '@turno/postgres';
import type { Request } from 'express';
import { longPoll } from '../http/stream/long-poll.ts';
import { preferredWaitSeconds } from '../http/request/prefer.ts';
import type { JobRoutesDeps } from './jobs-deps.ts';

/** More than this is applied as this. */
export const waitSecondsMax = 60;

export function waitSecondsOf(req: Request): number | undefined {
  const { prefer } = req.headers;
  return preferredWaitSeconds(Array.isArray(prefer) ? prefer.join(', ') : prefer, waitSecondsMax);
}

export function preferenceApplied(waitSeconds: number | undefined): string | undefined {
  return waitSeconds === undefined ? undefined : `wait=${waitSeconds}`;
}

/** The job the path names. An id that cannot be one is as missing as one that is another tenant's. */
export function jobKeyOf(req: Request, tenantId: string): JobKey {
  const jobId = String(req.params['jobId']);
  if (!isId('job', jobId)) throw noSuchJob();
  req.exchange.logged['jobId'] = jobId;
  return { tenantId, jobId };
}

export async function readJob(
  { reader }: Pick<JobRoutesDeps, 'reader'>,
  { tenantId, jobId }: JobKey,
): Promise<JobView> {
  const view = await reader.read(tenantId, jobId);
  if (view === undefined) throw noSuchJob();
  return view;
}

export interface Waiting {
  key: JobKey;
  waitSeconds: number | undefined;
  /** What is waited for, by the job as it is now; undefined: answer at once. */
  until: (view: JobView) => WaitUntil | undefined;
}

/** Reads a job, and when the client prefers to wait, again when what it waits for has come or its time is over. */
export async function readOrWait(
  deps: JobRoutesDeps,
  req: Request,
  { key, waitSeconds, until: untilOf }: Waiting,
): Promise<JobView> {
  const view = await readJob(deps, key);
  if (waitSeconds === undefined || isFinal(view.state)) return view;
  const until = untilOf(view);
  if (until === undefined) return view;
  const timeoutMs = waitSeconds * 1_000;
  const latest = await longPoll(req, (signal) => deps.waiters.wait({ ...key, until, timeoutMs, signal }));
  if (!(await deps.isKeyValid(req))) throw noLongerLetIn();
  if (latest === undefined) throw noSuchJob();
  return latest;
}

function noLongerLetIn(): Problem {
  return new Problem('unauthorized', { detail: 'This API key has become invalid while the job was waited for.' });
}

export function noSuchJob(): Problem {
  return new Problem('job-not-found');
}
