import { inTime, type JobFilter, type JobKey, type JobPosition, listFailedJobs, retryJobs } from '@turno/postgres';
import { type ChangeDeps, readChanged, refuseChange } from './change-job.ts';
import type { JobView } from './job-view.ts';

type RetryDeps = Pick<ChangeDeps, 'sql' | 'reader' | 'tell'>;

/**
 * Gives a failed or cancelled job a new run: the same id, all attempts on record, a full set of tries, no deadline. Throws
 * `job-not-found` or `job-not-retryable`.
 */
export function retryJob(deps: RetryDeps, key: JobKey): Promise<JobView> {
  return inTime(retry(deps, key));
}

async function retry(deps: RetryDeps, key: JobKey): Promise<JobView> {
  const { tenantId, jobId } = key;
  const [retried] = await retryJobs(deps.sql, { tenantId, jobIds: [jobId], from: ['failed', 'cancelled'] });
  if (retried === undefined) return refuseChange(deps, key, 'job-not-retryable');
  deps.tell(retried);
  return readChanged(deps, key);
}

const rowsMax = 500;

/**
 * Retries all failed jobs that match and returns how many. Each is met once, oldest first: one that fails again meanwhile is
 * not tried for ever. However many they are, each statement is answered in time or ends it; to call again is to go on.
 */
export async function retryFailedJobs(
  deps: Pick<RetryDeps, 'sql' | 'tell'>,
  filter: Omit<JobFilter, 'state'>,
): Promise<number> {
  const { tenantId } = filter;
  let count = 0;
  for (let after: JobPosition | undefined; ;) {
    const page = await inTime(listFailedJobs(deps.sql, filter, { after, rowsMax }));
    const jobIds = page.map(({ jobId }) => jobId);
    const retried = await inTime(retryJobs(deps.sql, { tenantId, jobIds, from: ['failed'] }));
    for (const job of retried) deps.tell(job);
    count += retried.length;
    after = page.at(-1);
    if (after === undefined || page.length < rowsMax) return count;
  }
}
