import { Problem } from '@turno/contract';
import {
  type Batcher,
  type InsertedJob,
  isConnectionError,
  type NewReusableResult,
  type RequestKey,
  type Submission,
  type Submitted,
  type Taken,
} from '@turno/postgres';
import type { Caller } from '@turno/tenants';
import type { Dispatcher } from '../dispatch/dispatch-job.ts';
import type { BlockedJobs } from '../dispatch/release-blocked-jobs.ts';
import type { Slot, Window } from '../dispatch/window.ts';
import type { JobView } from '../read/job-view.ts';
import type { BacklogLimits } from './backlog-limit.ts';
import type { JobDraft } from './new-job.ts';
import { renderNewJob } from './render-new-job.ts';

export interface CommitDeps {
  submissions: Batcher<Submission, Submitted>;
  window: Pick<Window, 'tryReserveSlot'>;
  backlogLimits: Pick<BacklogLimits, 'reserveBacklog'>;
  dispatcher: Pick<Dispatcher, 'dispatch'>;
  blockedJobs: Pick<BlockedJobs, 'noteBlocked'>;
  retentionDays: number;
}

export interface DraftSubmission {
  /** At least one. */
  drafts: readonly JobDraft[];
  key: RequestKey | undefined;
  /** Of a job whose result other submits may use. */
  reusable?: NewReusableResult;
}

/** `conflict`: another submit has just made a job for the same work; nothing was written. */
export type Committed =
  Taken | { outcome: 'inserted'; views: readonly [JobView, ...JobView[]] } | { outcome: 'conflict' };

/**
 * Reserves room for jobs, commits them and dispatches those that have a slot.
 * Reservations of jobs that do not exist are released. Throws `too-many-jobs-waiting` or `backlog-full`;
 * `store-unavailable` after an unanswered COMMIT: then the jobs may exist, and maintenance redispatches them.
 */
export async function commitSubmission(
  deps: CommitDeps,
  caller: Caller,
  { drafts, key, reusable }: DraftSubmission,
): Promise<Committed> {
  const backlog = deps.backlogLimits.reserveBacklog(caller, drafts.length);
  const reserved = drafts.map((draft) => ({ draft, slot: reserveSlot(deps.window, draft) }));
  let answer: Submitted | undefined;
  try {
    const jobs = reserved.map(({ draft, slot }) => ({ ...draft, backlog: slot === undefined && draft.delayMs === 0 }));
    answer = await commit(deps, { tenantId: caller.tenantId, jobs, key: key ?? null, ...(reusable && { reusable }) });
  } finally {
    const mayExist = answer === undefined || answer.outcome === 'inserted';
    backlog.settle(mayExist);
    if (answer?.outcome !== 'inserted') for (const { slot } of reserved) slot?.release();
  }
  if (answer.outcome === 'conflict') return { outcome: 'conflict' };
  if (answer.outcome !== 'inserted') return answer;
  const views = answer.jobs.map((inserted, index) => {
    const { draft, slot } = reserved[index] as (typeof reserved)[number];
    sendOn(deps, inserted, { draft, slot });
    return renderNewJob(draft, inserted, deps.retentionDays);
  });
  return { outcome: 'inserted', views: views as [JobView, ...JobView[]] };
}

/** A blocked job and a delayed one wait in Postgres, whatever room there is. */
function reserveSlot(window: CommitDeps['window'], { blocked, delayMs, queue, kind }: JobDraft): Slot | undefined {
  return blocked || delayMs > 0 ? undefined : window.tryReserveSlot(queue, kind);
}

interface Reserved {
  draft: JobDraft;
  slot: Slot | undefined;
}

/** Dispatches a committed job that has a slot. Workers find the others in the backlog. */
function sendOn(deps: CommitDeps, { state }: InsertedJob, { draft, slot }: Reserved): void {
  const { id: jobId, tenantId, blocked } = draft;
  if (state === 'queued' && blocked) deps.blockedJobs.noteBlocked(tenantId);
  if (state === 'queued' && slot !== undefined) deps.dispatcher.dispatch({ ...draft, jobId, ticket: 1 });
  else slot?.release();
}

async function commit({ submissions }: CommitDeps, submission: Submission): Promise<Submitted> {
  try {
    return await submissions.add(submission);
  } catch (error) {
    throw isConnectionError(error) ? unavailable(error) : error;
  }
}

function unavailable(cause: unknown): Problem {
  return new Problem('store-unavailable', { detail: 'The job was not accepted.', retryAfterSeconds: 2, cause });
}
