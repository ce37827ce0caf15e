import { cancelJob as writeCancel, type JobKey } from '@turno/postgres';
import { type ChangeDeps, inTime, readChanged, refuseChange } from './change-job.ts';
import type { JobView } from './job-view.ts';

/**
 * Cancels a job, which is final once this resolves; a handler that runs is stopped right after, and what it still writes is
 * refused. Throws `job-not-found`, or `job-already-final`, also when the same cancel came before.
 */
export function cancelJob(deps: ChangeDeps, key: JobKey): Promise<JobView> {
  return inTime(cancel(deps, key));
}

async function cancel(deps: ChangeDeps, key: JobKey): Promise<JobView> {
  const cancelled = await writeCancel(deps.sql, key);
  if (cancelled === undefined) return refuseChange(deps, key, 'job-already-final');
  // Workers hear of it from Postgres as well: each road works without the other.
  deps.announce('stop', `${key.jobId} ${cancelled.ticket - 1}`);
  deps.tell(cancelled);
  return readChanged(deps, key);
}
