import type { Problem, SubmitRequest } from '@turno/contract';
import type { RequestKey } from '@turno/postgres';
import type { Caller } from '@turno/tenants';
import { toNewJob } from './new-job.ts';
import { ownWebhookOf, toColumn } from './own-webhook.ts';
import { commitSubmission, type SubmitDeps, type SubmittedJobs } from './commit-submission.ts';
import { submitOrReplay } from './submit-or-replay.ts';

/** Jobs to submit together: all of them are committed, or none. */
export interface SubmitCall {
  /** At least one. */
  requests: readonly SubmitRequest[];
  /** True when they came as one batch, in which a fault is named by its job's place. */
  batch?: boolean;
  /** Undefined: every repeat makes other jobs. */
  key?: RequestKey | undefined;
  /** Goes with the jobs to their log lines and to what their handlers fetch. */
  traceparent?: string | undefined;
  /** Thrown unless this is a repeat. */
  refused?: Problem | undefined;
}

/**
 * Commits jobs and answers with them. Once this resolves they are durable; they are handed to the queue right after, and
 * nobody waits for that: a dispatch that fails is repeated by the `redispatch-lost-tickets` task. Throws `unknown-kind`, `invalid-request` with
 * every fault, `idempotency-key-reused`, `too-many-jobs-waiting`, `backlog-full`, or `store-unavailable`, after which the jobs may or
 * may not exist (an unanswered COMMIT): with a key the call can be repeated to find out. A repeat of what was accepted is never refused for want of room.
 */
export function submitJobs(deps: SubmitDeps, caller: Caller, call: SubmitCall): Promise<SubmittedJobs> {
  const submit = () => commitJobs(deps, caller, call);
  return submitOrReplay(deps, caller, { ...call, submit, show: (repeat) => repeat });
}

/** As `submitJobs`, but there has to be room for a repeat too. */
export async function commitJobs(
  deps: SubmitDeps,
  caller: Caller,
  { requests, batch = false, key, traceparent }: SubmitCall,
): Promise<SubmittedJobs> {
  const webhooks = await Promise.all(
    requests.map((request, index) => {
      const base = batch ? `/jobs/${index}` : '';
      return ownWebhookOf(deps, caller, { request, base });
    }),
  );
  const jobs = requests.map((request, index) => {
    return { ...toNewJob(deps, caller, request), traceparent, ...toColumn(webhooks[index]) };
  });
  const settled = await commitSubmission(deps, caller, { tenantId: caller.tenantId, jobs, key: key ?? null });
  if (settled === undefined) throw new Error('a submission without a memo was beaten');
  return settled;
}
