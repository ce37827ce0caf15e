import type { Problem, SubmitRequest } from '@turno/contract';
import {
  findKeyHolder,
  findReusableResult,
  withRequestTimeout,
  linkIdempotencyKey,
  type RequestKey,
  addReceiver,
} from '@turno/postgres';
import type { Caller } from '@turno/tenants';
import type { OwnWebhook } from '@turno/webhooks';
import type { JobView } from '../read/job-view.ts';
import { entryOf, toNewJob } from './new-job.ts';
import { ownWebhookOf, toColumn } from './own-webhook.ts';
import { replay, commitSubmission, type SubmitDeps, type SubmittedJobs } from './commit-submission.ts';
import {
  chooseShareable,
  keptOf,
  type Shareable,
  type ReusableWork,
  reusableWorkOf,
  type Sharing,
} from './reusable-result.ts';
import { commitJobs } from './submit-jobs.ts';
import { submitOrReplay } from './submit-or-replay.ts';

export interface SingleSubmit {
  request: SubmitRequest;
  /** Undefined: every repeat makes another job. */
  key?: RequestKey | undefined;
  /** Goes with the job to its log lines and to what its handler fetches. */
  traceparent?: string | undefined;
  /** Thrown unless this is a repeat. */
  refused?: Problem | undefined;
}

export interface SubmittedJob {
  view: JobView;
  replayed: boolean;
  /** Undefined when the job is not to be shared, or when it was replayed. */
  sharing?: Sharing;
}

/** Each loss means that somebody else has just made a job for the same work; so many in a row are no bad luck any more. */
const lossesMax = 5;

/**
 * Submits one job as `submitJobs` does, or takes the result of identical work when the request allows it: a completed one that is
 * young enough, or the job that is under way. However many ask at once, in however many processes, one job is made. Neither what is
 * taken nor a repeat needs room.
 */
export function submitJob(deps: SubmitDeps, caller: Caller, call: SingleSubmit): Promise<SubmittedJob> {
  const submit = () => takeOrMake(deps, caller, call);
  return submitOrReplay(deps, caller, { ...call, submit, show: single });
}

async function takeOrMake(deps: SubmitDeps, caller: Caller, call: SingleSubmit): Promise<SubmittedJob> {
  const work = reusableWorkOf(entryOf(deps.catalogue, call.request.kind), caller, call.request);
  for (let losses = 0; work !== undefined && losses < lossesMax; losses += 1) {
    const submitted = await submitShared(deps, caller, { ...call, work });
    if (submitted !== undefined) return submitted;
  }
  return single(await commitJobs(deps, caller, { ...call, requests: [call.request] }));
}

function single({ views, replayed }: SubmittedJobs): SubmittedJob {
  return { view: views[0] as JobView, replayed };
}

/** Undefined when somebody else was faster; then there is something to share. */
async function submitShared(
  deps: SubmitDeps,
  caller: Caller,
  { request, key, traceparent, work }: SingleSubmit & { work: ReusableWork },
): Promise<SubmittedJob | undefined> {
  const { tenantId } = caller;
  const { workSha256 } = work;
  const memo = await withRequestTimeout(findReusableResult(deps.sql, { tenantId, workSha256 }));
  const found = chooseShareable(memo, work.freshSeconds);
  const webhook = await ownWebhookOf(deps, caller, { request, base: '' });
  if (found !== undefined) {
    const shared = await share(deps, { tenantId, key, found, webhook });
    if (shared !== 'full') return shared;
  }
  const job = { ...toNewJob(deps, caller, request), traceparent, creatorKeyId: caller.keyId, ...toColumn(webhook) };
  const newReusableResult = { workSha256, replaces: memo?.jobId ?? null, keeps: keptOf(memo) };
  const settled = await commitSubmission(deps, caller, {
    tenantId,
    jobs: [job],
    key: key ?? null,
    memo: newReusableResult,
  });
  if (settled === undefined) return undefined;
  const { views, replayed } = settled;
  return { view: views[0] as JobView, replayed, ...(!replayed && { sharing: { how: 'made' } }) };
}

interface ShareCall {
  tenantId: string;
  key: RequestKey | undefined;
  found: Shareable;
  webhook: OwnWebhook | undefined;
}

/**
 * Undefined when the job has been erased meanwhile; `full` when it tells as many as it may: then the request has a job of its own, which
 * the next ones join.
 */
async function share(
  deps: SubmitDeps,
  { tenantId, key, found, webhook }: ShareCall,
): Promise<SubmittedJob | undefined | 'full'> {
  const { jobId, sharing } = found;
  const { sql } = deps;
  if (webhook !== undefined) {
    // A repeat adds nobody, and a key must not name a job whose end its request will not hear of.
    const earlier = key && (await withRequestTimeout(findKeyHolder(sql, { tenantId, key })));
    if (earlier !== undefined) return single(await replay(deps, tenantId, earlier));
    if (!(await withRequestTimeout(addReceiver(sql, { jobId, webhook }, deps.receiversMax)))) return 'full';
  }
  const taken = key && (await withRequestTimeout(linkIdempotencyKey(sql, { tenantId, key, jobId })));
  if (taken !== undefined) return single(await replay(deps, tenantId, taken));
  const view = await deps.reader.read(tenantId, jobId);
  return view && { view, replayed: false, sharing };
}
