import { isId, Problem } from '@turno/contract';
import type { JobView } from '@turno/jobs';
import type { JobKey } from '@turno/postgres';
import type { Request } from 'express';
import { type MaybeReady, whenReady } from '@turno/runtime';
import type { OperationDeps } from '../deps.ts';

/** Returns the job that the path names. An id of another form is as missing as an id of another tenant. */
export function jobKeyOf(req: Request, tenantId: string): JobKey {
  const jobId = String(req.params['jobId']);
  if (!isId('job', jobId)) throw noSuchJob();
  req.context.logged['jobId'] = jobId;
  return { tenantId, jobId };
}

/** Reads a job through the caches, at once when it is in memory. Throws or rejects with `job-not-found`. */
export function readJobView(
  { reader }: Pick<OperationDeps, 'reader'>,
  { tenantId, jobId }: JobKey,
): MaybeReady<JobView> {
  return whenReady(reader.read(tenantId, jobId), (view) => {
    if (view === undefined) throw noSuchJob();
    return view;
  });
}

export function noSuchJob(): Problem {
  return new Problem('job-not-found');
}
