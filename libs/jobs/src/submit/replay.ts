import { Problem, type ProblemCode } from '@turno/contract';
import { findKeyHolder, type Postgres, type RequestKey, type Taken, withRequestTimeout } from '@turno/postgres';
import type { JobView } from '../read/job-view.ts';
import type { JobReader } from '../read/read-job.ts';
import type { Sharing } from './reuse-result.ts';

export interface ReplayDeps {
  sql: Postgres['sql'];
  reader: Pick<JobReader, 'read'>;
}

export interface SubmittedJobs {
  /** In the order of the requests. */
  views: readonly [JobView, ...JobView[]];
  /** True when an earlier request with the same key made these jobs. They are shown as they are now. */
  replayed: boolean;
  /** Undefined when the job's result cannot be shared, or when the request was replayed. */
  sharing?: Sharing;
}

/** The request of a tenant, by its Idempotency-Key. */
export interface KeyedRequest {
  tenantId: string;
  key: RequestKey | undefined;
}

/**
 * A replay is no new work, so that these limits do not concern it.
 * A rate limit does: it counts requests.
 */
const limitsOfNewWork: ReadonlySet<ProblemCode> = new Set(['too-many-jobs-waiting', 'backlog-full']);

/**
 * Submits.
 * When the key was taken, returns the jobs of the first request with it, also when `submit` was refused because of a
 * limit of new work: only a refusal costs that lookup. Throws `idempotency-key-reused` when the key came with another
 * request, and `job-erased` when a job of the first request is erased: a new job would do the work twice.
 */
export async function submitOrReplay(
  deps: ReplayDeps,
  request: KeyedRequest,
  submit: () => Promise<SubmittedJobs | Taken>,
): Promise<SubmittedJobs> {
  const submitted = await submit().catch(async (error: unknown) => {
    if (!(error instanceof Problem && limitsOfNewWork.has(error.code))) throw error;
    const replay = await findReplay(deps, request);
    if (replay === undefined) throw error;
    return replay;
  });
  return 'views' in submitted ? submitted : readReplay(deps, request.tenantId, submitted);
}

/**
 * Returns the jobs of an earlier request with this key; undefined when there was none.
 * Throws as `submitOrReplay` does.
 */
export async function findReplay(
  deps: ReplayDeps,
  { tenantId, key }: KeyedRequest,
): Promise<SubmittedJobs | undefined> {
  if (key === undefined) return undefined;
  const taken = await withRequestTimeout(findKeyHolder(deps.sql, { tenantId, key }));
  return taken && readReplay(deps, tenantId, taken);
}

async function readReplay({ reader }: ReplayDeps, tenantId: string, taken: Taken): Promise<SubmittedJobs> {
  if (taken.outcome === 'mismatched') throw keyReused();
  const read = async (jobId: string) => {
    const view = await reader.read(tenantId, jobId);
    if (view === undefined) throw erased();
    return view;
  };
  const views = await Promise.all(taken.jobIds.map(read));
  return { views: views as [JobView, ...JobView[]], replayed: true };
}

function keyReused(): Problem {
  return new Problem('idempotency-key-reused', {
    detail: 'This Idempotency-Key came with another method, path or body before. Send a new key with a new request.',
  });
}

function erased(): Problem {
  const detail =
    'An earlier request with this Idempotency-Key was accepted, and a job of it was erased since. Nothing was ' +
    'submitted. Send a new key to have the work done again.';
  return new Problem('job-erased', { detail });
}
