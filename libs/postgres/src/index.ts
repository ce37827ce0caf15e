export { answerWithin, inTime, requestPatienceMs } from './answer-within.ts';
export { findApiKey, putApiKey } from './api-keys.ts';
export type { ValidKey } from './api-keys.ts';
export { listKeys, makeKey, noteKeysUsed, revokeKey } from './keys.ts';
export { readQueueStates } from './queue-states.ts';
export { changeTenant, findTenant, listPlans, listTenants, makeTenant, putPlan } from './tenants.ts';
export { addRequests, readTenantJobs } from './usage-months.ts';
export type { MonthRequests } from './usage-months.ts';
export { claimJobs } from './claim-jobs.ts';
export type { ClaimedJob, ClaimRequest } from './claim-jobs.ts';
export { isConnectionError } from './connection-error.ts';
export { countProcesses } from './count-processes.ts';
export { finishJobs } from './finish-jobs.ts';
export type { AttemptEnd, FinishAnswer } from './finish-jobs.ts';
export { createGroup } from './group.ts';
export type { Group } from './group.ts';
export { insertJobs } from './insert-jobs.ts';
export type { InsertedJob, NewJob } from './insert-jobs.ts';
export { findKeyHolder, linkIdempotencyKey, purgeIdempotencyKeys } from './idempotency-keys.ts';
export { insertSubmissions } from './insert-submissions.ts';
export { countWaiting, endedWithinSeconds } from './count-waiting.ts';
export type { TenantBacklog } from './count-waiting.ts';
export { findMemo, purgeMemos } from './memos.ts';
export type { FoundMemo } from './memos.ts';
export type { RequestKey, Submission, Submitted, Taken } from './submission.ts';
export type { JobRow } from './job-row.ts';
export type { JobNow } from './job-now.ts';
export { migrateDatabase } from './migrate.ts';
export { openPostgres } from './open-postgres.ts';
export { isRowFault } from './row-fault.ts';
export type { Postgres } from './open-postgres.ts';
export * as schema from './schema.ts';
export { readPauses, setPause } from './pauses.ts';
export type { Pauses, PauseTarget } from './pauses.ts';
export { promoteDueJobs } from './promote-jobs.ts';
export type { HandOver } from './promote-jobs.ts';
export { findBacklogs, takeFromBacklog, type TakenJob } from './backlog.ts';
export { countInFlight } from './count-in-flight.ts';
export { findHeldTenants, letGoHeldJobs } from './held-jobs.ts';
export type { LetGo } from './held-jobs.ts';
export { cancelJob, stopChannel } from './cancel-job.ts';
export type { Canceller } from './cancel-job.ts';
export { deleteJob, purgeJobs } from './delete-jobs.ts';
export { expireJobs } from './expire-jobs.ts';
export { dropLease, findLostClaims, renewLease, takeExpiredLeases, takeLease } from './leases.ts';
export type { HeldClaim } from './leases.ts';
export { backlogLostTickets, backlogTickets, listDispatched, markDispatched, nextEpoch } from './lost-tickets.ts';
export type { DispatchedTicket } from './lost-tickets.ts';
export { findStrays, rescueJobs, rescueStrays } from './rescue-jobs.ts';
export { listFailedJobs, retryJobs } from './retry-jobs.ts';
export type { JobFilter, JobPosition } from './job-filter.ts';
export { listJobs } from './list-jobs.ts';
export type { ListOptions } from './list-jobs.ts';
export { gatherWords } from './search-words.ts';
export { type AgeLine, type Ranked, ranksMax, rankWaiting } from './rank-waiting.ts';
export { readJobInput, readJobOutput, readJobs, readVersions, type ReadJob } from './read-jobs.ts';
export type { JobKey } from './read-jobs.ts';
export { readUsage } from './read-usage.ts';
export { readServerFacts } from './server-facts.ts';
export { recordProgress } from './record-progress.ts';
export type { ProgressNote } from './record-progress.ts';
export {
  claimFileStore,
  dropFiles,
  findFile,
  findOutputFile,
  forgetFile,
  insertFile,
  noteArrival,
  takeExpiredFiles,
} from './files.ts';
export type { FileRow, NewFile } from './files.ts';
export {
  deleteEndpoint,
  findEndpoint,
  insertEndpoint,
  listEndpoints,
  purgeEndpoints,
  updateEndpoint,
} from './endpoints.ts';
export type { EndpointKey, EndpointRow } from './endpoints.ts';
export { ensureOneOff, restoreOneOffs } from './one-offs.ts';
export { listHandedOver, releaseDeliveries, releaseOtherLives } from './lost-deliveries.ts';
export {
  forgetOldSecrets,
  listForeignSecrets,
  putWebhookSecret,
  resealSecret,
  rotateWebhookSecret,
} from './webhook-secrets.ts';
export type { OwnedSecret, StoredSecret } from './webhook-secrets.ts';
export { exhaustUnwanted, takeDueDeliveries } from './take-deliveries.ts';
export type { DeliveryTicket } from './take-deliveries.ts';
export { claimDeliveries } from './claim-deliveries.ts';
export type { ClaimedDelivery } from './claim-deliveries.ts';
export { recordDeliveries } from './record-deliveries.ts';
export type { BreakerOptions, DeliveryOutcome, DisabledEndpoint } from './record-deliveries.ts';
export { listDeliveries } from './list-deliveries.ts';
export type { DeliveryFilter, DeliveryRow } from './list-deliveries.ts';
export { purgeDeliveries, redeliver, redeliverExhausted } from './redeliver.ts';
export { deleteSchedule, noteRun, putSchedule, readClock, readSchedule, readSchedules } from './schedules.ts';
export type { ScheduleKey, ScheduleRow } from './schedules.ts';
export { listDueSchedules, takeSlots } from './schedule-slots.ts';
export type { DueSchedule, JobTemplate, Slot } from './schedule-slots.ts';
export { tellAlso } from './tell-also.ts';
