import { Problem } from '@turno/contract';
import {
  type Batcher,
  type InsertedJob,
  isConnectionError,
  type JobKey,
  type NewJob,
  type Postgres,
  type Submission,
  type Submitted,
  type Taken,
} from '@turno/postgres';
import type { Caller } from '@turno/tenants';
import type { ResolveJobWebhook } from '@turno/webhooks';
import type { BacklogLimits } from './backlog-limit.ts';
import type { Dispatcher } from '../dispatch/dispatch-job.ts';
import type { BlockedJobs } from '../dispatch/release-blocked-jobs.ts';
import { type MakeDeps, renderNewJob } from './new-job.ts';
import type { JobView } from '../read/job-view.ts';
import type { JobReader } from '../read/read-job.ts';

export interface SubmitDeps extends MakeDeps {
  jobWebhooks: ResolveJobWebhook;
  /** Of one job that others may join, while it is under way. */
  receiversMax: number;
  sql: Postgres['sql'];
  submissions: Batcher<Submission, Submitted>;
  reader: Pick<JobReader, 'read'>;
  dispatcher: Dispatcher;
  blockedJobs: Pick<BlockedJobs, 'ask'>;
  backlogLimits: Pick<BacklogLimits, 'reserveBacklog'>;
  retentionDays: number;
}

export interface SubmittedJobs {
  /** In the order of the requests. */
  views: JobView[];
  /** True when an earlier call with the same key made these jobs, which are shown as they are now. */
  replayed: boolean;
}

/**
 * Commits a submission and hands its jobs on, unless too many wait already. Undefined when it was beaten:
 * others have made a job for the same work.
 */
export async function commitSubmission(
  deps: SubmitDeps,
  caller: Caller,
  submission: Submission,
): Promise<SubmittedJobs | undefined> {
  const settled = deps.backlogLimits.reserveBacklog(caller, submission.jobs.length);
  const answer = await commit(deps, submission).catch((error: unknown) => {
    settled(true); // they may exist
    throw error;
  });
  settled(answer.outcome === 'inserted');
  if (answer.outcome === 'beaten') return undefined;
  if (answer.outcome !== 'inserted') return replay(deps, submission.tenantId, answer);
  const views = answer.jobs.map((inserted, index) => sendOn(deps, submission.jobs[index] as NewJob, inserted));
  return { views, replayed: false };
}

/** What a request gets whose key was taken: the jobs of the first one as they are now. Throws `idempotency-key-reused`. */
export async function replay(deps: SubmitDeps, tenantId: string, answer: Taken): Promise<SubmittedJobs> {
  if (answer.outcome === 'mismatched') throw keyReused();
  const views = await Promise.all(answer.jobIds.map((jobId) => readMade(deps, { tenantId, jobId })));
  return { views, replayed: true };
}

/** Dispatches a job as far as it is its turn, and shows it. What waits in the backlog the workers find by themselves. */
function sendOn(deps: SubmitDeps, job: NewJob, inserted: InsertedJob): JobView {
  if (inserted.state === 'queued') {
    if (job.blocked)
      deps.blockedJobs.ask(job.tenantId); // nobody has asked for it yet
    else if (!job.backlog) deps.dispatcher.dispatch({ ...job, jobId: job.id, ticket: 1 });
  }
  return renderNewJob(job, inserted, deps.retentionDays);
}

/** A job that an earlier request made. It may be gone by now. */
async function readMade({ reader }: SubmitDeps, { tenantId, jobId }: JobKey): Promise<JobView> {
  const view = await reader.read(tenantId, jobId);
  if (view === undefined) throw new Problem('job-not-found', { detail: 'The job of this Idempotency-Key was erased.' });
  return view;
}

async function commit({ submissions }: SubmitDeps, submission: Submission): Promise<Submitted> {
  try {
    return await submissions.add(submission);
  } catch (error) {
    throw isConnectionError(error) ? unavailable(error) : error;
  }
}

function keyReused(): Problem {
  return new Problem('idempotency-key-reused', {
    detail: 'This Idempotency-Key came with another method, path or body before. Send a new key with a new request.',
  });
}

function unavailable(cause: unknown): Problem {
  return new Problem('store-unavailable', { detail: 'The job was not accepted.', retryAfterSeconds: 2, cause });
}
