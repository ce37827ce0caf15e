import { deleteJob as eraseRows, withRequestTimeout, type JobKey } from '@turno/postgres';
import { type ChangeDeps, refuseChange } from './change-job.ts';
import { decodeErasedNotice, encodeErasedNotice } from './erased-notice.ts';

type DeleteDeps = Pick<ChangeDeps, 'sql' | 'reader' | 'broadcast'>;

/**
 * Erases a final job and all that belongs to it, from the caches too: at once in Redis and in every process that hears of it,
 * after some seconds in one that does not. Throws `job-not-found` or `job-not-final`.
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
