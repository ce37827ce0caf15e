import { Problem } from '@turno/contract';
import {
  withRequestTimeout,
  type JobFilter,
  type JobNow,
  type JobPosition,
  listFailedJobs,
  retryJobs,
} from '@turno/postgres';
import type { Caller, TenantQueries } from '@turno/tenants';
import type { BacklogLimits } from '../submit/backlog-limit.ts';
import { type ChangeDeps, readChanged, refuseChange } from './change-job.ts';
import type { JobView } from '../read/job-view.ts';

export interface RetryDeps extends Pick<ChangeDeps, 'sql' | 'reader' | 'publish'> {
  queries: TenantQueries;
  backlogLimits: Pick<BacklogLimits, 'reserveBacklog'>;
}

type RetryCaller = Pick<Caller, 'tenantId' | 'plan'>;

/**
 * Starts a new run of a failed or cancelled job: the same id, all its attempts, no deadline.
 * Throws `job-not-found` or `job-not-retryable`, and the problems of a submit that finds the backlog full.
 */
export async function retryJob(deps: RetryDeps, caller: RetryCaller, jobId: string): Promise<JobView> {
  const key = { tenantId: caller.tenantId, jobId };
  const retried = await startNewRuns(deps, caller, { jobIds: [jobId], from: ['failed', 'cancelled'] });
  return withRequestTimeout(
    retried.length === 0 ? refuseChange(deps, key, 'job-not-retryable') : readChanged(deps, key),
  );
}

const pageRowsMax = 100;

/**
 * Starts new runs of all matching failed jobs, as far as the backlog has capacity.
 * Returns how many. Each job is retried once, oldest first, also if it fails again meanwhile. It ends after the page
 * during which `signal` aborts, and a further call continues. Throws the problems of a submit if the backlog is full
 * before the first job.
 */
export async function retryFailedJobs(
  deps: Omit<RetryDeps, 'reader'>,
  caller: RetryCaller,
  { filter, signal }: { filter: Omit<JobFilter, 'state'>; signal: AbortSignal },
): Promise<number> {
  const rowsMax = Math.min(pageRowsMax, caller.plan.jobsWaitingMax ?? Infinity);
  let count = 0;
  for (let after: JobPosition | undefined; ;) {
    const page = await deps.queries.run(caller.tenantId, (sql) => listFailedJobs(sql, filter, { after, rowsMax }));
    after = page.at(-1);
    if (after === undefined) return count;
    const jobIds = page.map(({ jobId }) => jobId);
    try {
      count += (await startNewRuns(deps, caller, { jobIds, from: ['failed'] })).length;
    } catch (error) {
      if (count > 0 && isBacklogFull(error)) return count;
      throw error;
    }
    if (page.length < rowsMax || signal.aborted) return count;
  }
}

/** Reserves backlog capacity, as for new jobs, and starts the new runs. */
async function startNewRuns(
  deps: Omit<RetryDeps, 'reader'>,
  caller: RetryCaller,
  which: { jobIds: readonly string[]; from: readonly ('failed' | 'cancelled')[] },
): Promise<JobNow[]> {
  const backlog = deps.backlogLimits.reserveBacklog(caller, which.jobIds.length);
  let retried: JobNow[] | undefined;
  try {
    retried = await withRequestTimeout(retryJobs(deps.sql, { tenantId: caller.tenantId, ...which }));
  } finally {
    backlog.settle(retried === undefined || retried.length > 0); // without an answer they may run again
  }
  for (const job of retried) deps.publish(job);
  return retried;
}

function isBacklogFull(error: unknown): boolean {
  return error instanceof Problem && (error.code === 'too-many-jobs-waiting' || error.code === 'backlog-full');
}
