export { insertJobs } from './insert-jobs.ts';
export type { InsertedJob, NewJob } from './insert-jobs.ts';
export { findKeyHolder, linkIdempotencyKey, purgeIdempotencyKeys } from './idempotency-keys.ts';
export { insertSubmissions } from './insert-submissions.ts';
export { findReusableResult, purgeReusableResults } from './reusable-results.ts';
export type { FoundReusableResult } from './reusable-results.ts';
export type { NewReusableResult, RequestKey, Submission, Submitted, Taken } from './submission.ts';
export { writeJobs } from './insert-jobs.ts';
