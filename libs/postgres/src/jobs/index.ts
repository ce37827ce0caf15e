export { claimJobs } from './claim-jobs.ts';
export type { ClaimedJob, ClaimRequest } from './claim-jobs.ts';
export { finishJobs } from './finish-jobs.ts';
export type { AttemptEnd, FinishAnswer, FinishedJob } from './finish-jobs.ts';
export { cancelJob, cancelSilently } from './cancel-job.ts';
export { decodeStopNotice, encodeStopNotice, stopChannel } from './stop-notice.ts';
export type { Canceller } from './cancel-job.ts';
export { deleteJob, purgeJobs } from './delete-jobs.ts';
export { expireJobs } from './expire-jobs.ts';
export { dropLease, findLostClaims, renewLease, takeExpiredLeases, takeLease } from './leases.ts';
export type { OwnedClaim } from './leases.ts';
export { findOrphanedClaims, requeueJobs, requeueOrphanedClaims } from './requeue-jobs.ts';
export { listFailedJobs, retryJobs } from './retry-jobs.ts';
export type { JobFilter, JobPosition } from './job-filter.ts';
export { listJobs } from './list-jobs.ts';
export type { ListOptions } from './list-jobs.ts';
export {
  type JobRevision,
  readJobInput,
  readJobOutput,
  readJobs,
  readRevisions,
  readVersions,
  type ReadJob,
} from './read-jobs.ts';
export type { JobKey } from './read-jobs.ts';
export { readUsage } from './read-usage.ts';
export { recordProgress } from './record-progress.ts';
export type { ProgressNote } from './record-progress.ts';
export type { ChangedJob } from './write-changes.ts';
