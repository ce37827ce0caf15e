import { Problem } from '@turno/contract';
import {
  withRequestTimeout,
  type JobFilter,
  type JobNow,
  type JobPosition,
  listFailedJobs,
  retryJobs,
} from '@turno/postgres';
import type { Caller } from '@turno/tenants';
import type { BacklogLimits } from '../submit/backlog-limit.ts';
import { type ChangeDeps, readChanged, refuseChange } from './change-job.ts';
import type { JobView } from '../read/job-view.ts';

interface RetryDeps extends Pick<ChangeDeps, 'sql' | 'reader' | 'publish'> {
  backlogLimits: Pick<BacklogLimits, 'reserveBacklog'>;
}

type Retrier = Pick<Caller, 'tenantId' | 'plan'>;

/**
 * Gives a failed or cancelled job a new run: the same id, all attempts on record, a full set of tries, no deadline. Throws
 * `job-not-found` or `job-not-retryable`, and for want of room what a submit throws.
 */
export async function retryJob(deps: RetryDeps, caller: Retrier, jobId: string): Promise<JobView> {
  const key = { tenantId: caller.tenantId, jobId };
  const retried = await giveNewRuns(deps, caller, { jobIds: [jobId], from: ['failed', 'cancelled'] });
  return withRequestTimeout(
    retried.length === 0 ? refuseChange(deps, key, 'job-not-retryable') : readChanged(deps, key),
  );
}

const pageRowsMax = 100;

/**
 * Retries all failed jobs that match, as far as there is room, and returns how many. Each is met once, oldest first: one that fails
 * again meanwhile is not tried for ever. However many they are, each statement is answered in time or ends it; to call again is to
 * go on. Throws what a submit throws when there is no room for the first of them.
 */
export async function retryFailedJobs(
  deps: Omit<RetryDeps, 'reader'>,
  caller: Retrier,
  filter: Omit<JobFilter, 'state'>,
): Promise<number> {
  const rowsMax = Math.min(pageRowsMax, caller.plan.jobsWaitingMax ?? Infinity);
  let count = 0;
  for (let after: JobPosition | undefined; ;) {
    const page = await withRequestTimeout(listFailedJobs(deps.sql, filter, { after, rowsMax }));
    after = page.at(-1);
    if (after === undefined) return count;
    const jobIds = page.map(({ jobId }) => jobId);
    try {
      count += (await giveNewRuns(deps, caller, { jobIds, from: ['failed'] })).length;
    } catch (error) {
      if (count > 0 && isFull(error)) return count;
      throw error;
    }
    if (page.length < rowsMax) return count;
  }
}

/** A new run waits as a new job does, and needs the same room. */
async function giveNewRuns(
  deps: Omit<RetryDeps, 'reader'>,
  caller: Retrier,
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

function isFull(error: unknown): boolean {
  return error instanceof Problem && (error.code === 'too-many-jobs-waiting' || error.code === 'backlog-full');
}
