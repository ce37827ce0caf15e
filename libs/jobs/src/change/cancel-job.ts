import { isFinal, Problem } from '@turno/contract';
import {
  cancelJob as writeCancel,
  type Canceller,
  encodeStopNotice,
  withRequestTimeout,
  type JobKey,
} from '@turno/postgres';
import { type ChangeDeps, readChanged, refuseChange } from './change-job.ts';
import type { JobView } from '../read/job-view.ts';

/**
 * Cancels a job, which is final once this resolves; a handler that runs is stopped right after, and what it still writes is
 * refused. Throws `job-not-found`, `job-already-final`, also when the same cancel came before, or `forbidden` when others may have
 * joined the job and `by` did not make it.
 */
export function cancelJob(deps: ChangeDeps, key: JobKey, by: Canceller): Promise<JobView> {
  return withRequestTimeout(cancel(deps, key, by));
}

async function cancel(deps: ChangeDeps, key: JobKey, by: Canceller): Promise<JobView> {
  const cancelled = await writeCancel(deps.sql, key, by);
  if (cancelled === undefined) return refuseCancel(deps, key);
  // Postgres notifies workers as well: each way works without the other.
  deps.broadcast('stop', encodeStopNotice({ jobId: key.jobId, ticket: cancelled.ticket - 1 }));
  deps.publish(cancelled);
  return readChanged(deps, key);
}

async function refuseCancel(deps: ChangeDeps, key: JobKey): Promise<never> {
  const { state } = await readChanged(deps, key);
  if (isFinal(state)) return refuseChange(deps, key, 'job-already-final');
  throw new Problem('forbidden', {
    detail: 'Others may wait for the result of this job: the key that made it may cancel it, or an admin.',
  });
}
