import { deleteJob as eraseRows, withRequestTimeout, type JobKey } from '@turno/postgres';
import { type ChangeDeps, refuseChange } from './change-job.ts';
import { decodeErasedNotice, encodeErasedNotice } from './erased-notice.ts';

type DeleteDeps = Pick<ChangeDeps, 'sql' | 'reader' | 'broadcast'>;

/**
 * Erases a final job and all that belongs to it, from Postgres and from the caches.
 * Redis and every process that receives the broadcast erase it at once, any other process after some seconds. Throws
 * `job-not-found` or `job-not-final`.
 */
export function deleteJob(deps: DeleteDeps, key: JobKey): Promise<void> {
  return withRequestTimeout(erase(deps, key));
}

async function erase(deps: DeleteDeps, { tenantId, jobId }: JobKey): Promise<void> {
  if (!(await eraseRows(deps.sql, { tenantId, jobId }))) {
    await refuseChange(deps, { tenantId, jobId }, 'job-not-final');
  }
  await deps.reader.forget(tenantId, jobId);
  deps.broadcast('erased', encodeErasedNotice({ tenantId, jobId }));
}

/** Drops a job that another process erased from the memory of this one. */
export function dropErased(reader: Pick<ChangeDeps['reader'], 'drop'>, notice: string): void {
  const { tenantId, jobId } = decodeErasedNotice(notice);
  reader.drop(tenantId, jobId);
}
