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
 * Cancels a job, which is final once this resolves.
 * A running handler is stopped right after; its later writes are refused. Throws `job-not-found`,
 * `job-already-final`, also for a repeat of the same cancel, or `forbidden` when the job may have coalesced submits
 * and `by` did not create it.
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
    detail: 'Other submits may share this job: only the key that created it, or an admin key, may cancel it.',
  });
}
