import type { RequestKey, Taken } from '@turno/postgres';
import { mapInSlices } from '@turno/runtime';
import type { Caller } from '@turno/tenants';
import { commitSubmission } from './commit-submission.ts';
import type { JobRequest } from './job-request.ts';
import { toNewJob } from './new-job.ts';
import { vetOwnWebhooks } from './own-webhook.ts';
import { type SubmittedJobs, submitOrReplay } from './replay.ts';
import type { SubmitDeps } from './submit-job.ts';

/** Jobs to submit together: all of them are committed, or none. */
export interface SubmitBatchCall {
  /** At least one. */
  requests: readonly JobRequest[];
  /** Undefined: every repeat makes other jobs. */
  key?: RequestKey | undefined;
  /** Goes with the jobs to their log lines and to the requests of their handlers. */
  traceparent?: string | undefined;
}

/** Without what only a single submit can do: reuse a result. */
export type SubmitBatchDeps = Omit<SubmitDeps, 'receiversMax'>;

/**
 * Commits jobs and returns them.
 * Once this resolves they are durable. They are dispatched right after, which is not waited for: maintenance
 * redispatches lost tickets. Throws `invalid-request`, `idempotency-key-reused`, `too-many-jobs-waiting`,
 * `backlog-full`, or `store-unavailable`, after which the jobs may or may not exist (an unanswered COMMIT): with a
 * key the call can be repeated to find out. A replay is never refused for want of room.
 */
export function submitJobs(deps: SubmitBatchDeps, caller: Caller, call: SubmitBatchCall): Promise<SubmittedJobs> {
  const submit = () => commitJobs(deps, caller, call);
  return submitOrReplay(deps, { tenantId: caller.tenantId, key: call.key }, submit);
}

async function commitJobs(
  deps: SubmitBatchDeps,
  caller: Caller,
  { requests, key, traceparent }: SubmitBatchCall,
): Promise<SubmittedJobs | Taken> {
  const { tenantId } = caller;
  const jobs = requests.map(({ options }, index) => ({ options, base: `/jobs/${index}` }));
  const webhooks = await vetOwnWebhooks(deps.vetJobWebhooks, { tenantId, jobs });
  const options = { traceparent, keepFilesDays: deps.retentionDays };
  const drafts = await mapInSlices(requests, (request) => toNewJob(caller, request, options));
  const committed = await commitSubmission(deps, caller, { drafts, webhooks, key });
  if (committed.outcome === 'conflict') throw new Error('a submission without a reusable result had a conflict');
  return committed.outcome === 'inserted' ? { views: committed.views, replayed: false } : committed;
}
