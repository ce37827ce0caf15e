import type { RequestKey, Taken } from '@turno/postgres';
import type { Caller } from '@turno/tenants';
import type { VetJobWebhooks } from '@turno/webhooks';
import { type CommitDeps, commitSubmission } from './commit-submission.ts';
import type { JobRequest } from './job-request.ts';
import { toNewJob } from './new-job.ts';
import { vetOwnWebhooks } from './own-webhook.ts';
import { type ReplayDeps, type SubmittedJobs, submitOrReplay } from './replay.ts';
import { reusableWorkOf } from './reusable-work.ts';
import { type ReuseDeps, reuseResult } from './reuse-result.ts';

export interface SubmitDeps extends CommitDeps, ReuseDeps, ReplayDeps {
  vetJobWebhooks: VetJobWebhooks;
}

export interface SubmitCall {
  request: JobRequest;
  /** Undefined: every repeat makes another job. */
  key?: RequestKey | undefined;
  /** Goes with the job to its log lines and to the requests of its handler. */
  traceparent?: string | undefined;
}

/**
 * Each conflict means that another submit has just made a job for the same work; so many in a row are
 * no coincidence.
 */
const conflictsMax = 5;

/**
 * Submits one job as `submitJobs` does, or reuses the result of identical work when the request allows
 * it: a completed one that is fresh enough, or the job under way. However many submits come at once, in however many
 * processes, one job is made. Neither a reused result nor a replay needs room in the backlog.
 */
export function submitJob(deps: SubmitDeps, caller: Caller, call: SubmitCall): Promise<SubmittedJobs> {
  const submit = () => reuseOrCommit(deps, caller, call);
  return submitOrReplay(deps, { tenantId: caller.tenantId, key: call.key }, submit);
}

async function reuseOrCommit(
  deps: SubmitDeps,
  caller: Caller,
  { request, key, traceparent }: SubmitCall,
): Promise<SubmittedJobs | Taken> {
  const { tenantId } = caller;
  const work = reusableWorkOf(request, tenantId);
  const jobs = [{ options: request.options, base: '' }];
  const webhooks = await vetOwnWebhooks(deps.vetJobWebhooks, { tenantId, jobs });
  for (let conflicts = 0; ; conflicts += 1) {
    const isShared = work !== undefined && conflicts < conflictsMax;
    const reuse = isShared ? await reuseResult(deps, { tenantId, key, work, webhooks }) : undefined;
    if (reuse?.outcome === 'conflict') continue;
    if (reuse?.outcome === 'reused') return { views: [reuse.view], replayed: false, sharing: reuse.sharing };
    if (reuse !== undefined && reuse.outcome !== 'none') return reuse;
    const draft = toNewJob(caller, request, { traceparent, keepFilesDays: deps.retentionDays, isShared });
    const committed = await commitSubmission(deps, caller, {
      drafts: [draft],
      webhooks,
      key,
      ...(reuse && { reusable: reuse.reusable }),
    });
    if (committed.outcome === 'conflict') continue;
    if (committed.outcome !== 'inserted') return committed;
    return { views: committed.views, replayed: false, ...(isShared && { sharing: { how: 'made' } }) };
  }
}
