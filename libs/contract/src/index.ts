export {
  apiKey,
  madeKey,
  madeTenant,
  newKey,
  newTenant,
  planLimits,
  queueState,
  tenant,
  tenantChange,
  tenantPage,
  usage,
} from './tenant.ts';
export type {
  ApiKey,
  MadeKey,
  MadeTenant,
  NewKey,
  NewTenant,
  PlanLimits,
  QueueState,
  Scope,
  SentPlanLimits,
  Tenant,
  TenantChange,
  Usage,
} from './tenant.ts';
export { isId, newId } from './ids.ts';
export { Problem, problems } from './problem.ts';
export type { ProblemCode, ProblemDetails } from './problem.ts';
export { earliestTime, formatTime, inputTime, inputTimeOrDate, latestTime, parseTime } from './time.ts';
export { boundedRecord } from './bounded-record.ts';
export { cutText } from './cut-text.ts';
export { faultList, joinFaults } from './fault-list.ts';
export type { Fault, FaultList } from './fault-list.ts';
export { boundedParser, parseBounded } from './parse-bounded.ts';
export type { BoundedParser, Parsed } from './parse-bounded.ts';
export { toFaults, toPointer } from './to-faults.ts';
export {
  backoff,
  batchJobsMax,
  batchRequest,
  errorMessageCharsMax,
  inlineBytesMax,
  isFinal,
  job,
  jobAttempt,
  jobError,
  kindDescription,
  problemDocument,
  submitOptions,
  submitRequest,
} from './job.ts';
export type {
  Backoff,
  Job,
  JobAttempt,
  JobError,
  JobState,
  KindDescription,
  SubmitOptions,
  SubmitRequest,
} from './job.ts';
export { plan } from './plan.ts';
export type { Plan } from './plan.ts';
export { logEvent, progressEvent, stateEvent } from './job-events.ts';
export type { LogEvent, ProgressEvent, StateEvent } from './job-events.ts';
export { indexedPairsMax, indexedWordsMax, unspacedRanges } from './search-words.ts';
export { inputText } from './input-fields.ts';
export { parseRetryAfter } from './retry-after.ts';
export { quoteText } from './quote-text.ts';
export { shownText, toShownText } from './shown-text.ts';
export { jobList, listQuery } from './list.ts';
export type { JobList, ListQuery } from './list.ts';
export { retryFilter, retryRequest } from './retry.ts';
export type { RetryFilter } from './retry.ts';
export { fileNameCharsMax, fileObject, fileRequest, fileUpload } from './file.ts';
export type { FileObject, FileRequest, FileUpload } from './file.ts';
export {
  delivery,
  deliveryAttempt,
  deliveryStates,
  endpoint,
  endpointPatch,
  endpointRequest,
  redeliverRequest,
  signingSecret,
} from './webhook.ts';
export type {
  Delivery,
  Endpoint,
  EndpointPatch,
  EndpointRequest,
  JobWebhook,
  SigningSecret,
  WebhookEvent,
} from './webhook.ts';
export { schedule, scheduleList, scheduleName, scheduleOptions, scheduleRequest } from './schedule.ts';
export type { Schedule, ScheduleRequest } from './schedule.ts';
export { queueNames } from './queue.ts';
export type { QueueName } from './queue.ts';
