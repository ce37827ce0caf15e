import { Problem } from '@turno/contract';
import {
  type Batcher,
  findKeyHolder,
  type InsertedJob,
  isConnectionError,
  type NewReusableResult,
  type Postgres,
  type RequestKey,
  type Submission,
  type Submitted,
  type Taken,
  withRequestTimeout,
} from '@turno/postgres';
import { mapInSlices } from '@turno/runtime';
import type { Caller } from '@turno/tenants';
import type { VettedWebhooks } from '@turno/webhooks';
import type { Dispatcher } from '../dispatch/dispatch-job.ts';
import type { BlockedJobs } from '../dispatch/release-blocked-jobs.ts';
import type { Slot, Window } from '../dispatch/window.ts';
import type { JobView } from '../read/job-view.ts';
import type { BacklogLimits } from './backlog-limit.ts';
import { type JobDraft, toColumn } from './new-job.ts';
import { renderNewJob } from './render-new-job.ts';

export interface CommitDeps {
  sql: Postgres['sql'];
  submissions: Batcher<Submission, Submitted>;
  window: Pick<Window, 'tryReserveSlot'>;
  backlogLimits: Pick<BacklogLimits, 'reserveBacklog'>;
  dispatcher: Pick<Dispatcher, 'dispatch'>;
  blockedJobs: Pick<BlockedJobs, 'noteBlocked'>;
  /** Reports that a job joined the backlog of this queue. Never waits, never throws. */
  noteBacklog: (queue: string) => void;
  retentionDays: number;
}

export interface DraftSubmission {
  /** At least one. */
  drafts: readonly JobDraft[];
  /** The receivers that the jobs name, in the order of the drafts. */
  webhooks: VettedWebhooks;
  key: RequestKey | undefined;
  /** Of a job whose result other submits may use. */
  reusable?: NewReusableResult;
}

/** `conflict`: another submit has just made a job for the same work; nothing was written. */
export type Committed =
  Taken | { outcome: 'inserted'; views: readonly [JobView, ...JobView[]] } | { outcome: 'conflict' };

/**
 * Reserves room for jobs, commits them and dispatches those that have a slot.
 * The endpoints of new webhook origins are inserted once room is reserved and the key is free: a refused request leaves
 * no row. Reservations of jobs that do not exist are released. Throws `too-many-jobs-waiting` or `backlog-full`;
 * `store-unavailable` after an unanswered COMMIT: then the jobs may exist, and maintenance redispatches them.
 */
export async function commitSubmission(
  deps: CommitDeps,
  caller: Caller,
  { drafts, webhooks, key, reusable }: DraftSubmission,
): Promise<Committed> {
  const backlog = deps.backlogLimits.reserveBacklog(caller, drafts.length);
  const reserved = drafts.map((draft) => ({ draft, slot: reserveSlot(deps.window, draft) }));
  let answer: Submitted | undefined;
  try {
    answer = webhooks.hasNew ? await findTaken(deps, caller.tenantId, key) : undefined;
    if (answer === undefined) {
      const receivers = await webhooks.register();
      const jobs = reserved.map(({ draft, slot }, index) => {
        return { ...draft, ...toColumn(receivers[index]), backlog: slot === undefined && draft.delayMs === 0 };
      });
      answer = await commit(deps, { tenantId: caller.tenantId, jobs, key: key ?? null, ...(reusable && { reusable }) });
    }
  } finally {
    const mayExist = answer === undefined || answer.outcome === 'inserted';
    backlog.settle(mayExist);
    if (answer?.outcome !== 'inserted') for (const { slot } of reserved) slot?.release();
  }
  if (answer.outcome === 'conflict') return { outcome: 'conflict' };
  if (answer.outcome !== 'inserted') return answer;
  const rows = answer.jobs;
  const inserted = reserved.map((one, index) => ({ ...one, row: rows[index] as InsertedJob }));
  for (const one of inserted) sendOn(deps, one);
  const views = await mapInSlices(inserted, ({ draft, row }) => renderNewJob(draft, row, deps.retentionDays));
  return { outcome: 'inserted', views: views as [JobView, ...JobView[]] };
}

async function findTaken(
  { sql }: CommitDeps,
  tenantId: string,
  key: RequestKey | undefined,
): Promise<Taken | undefined> {
  return key && withRequestTimeout(findKeyHolder(sql, { tenantId, key }));
}

/** A blocked job and a delayed one wait in Postgres, whatever room there is. */
function reserveSlot(window: CommitDeps['window'], { blocked, delayMs, queue, kind }: JobDraft): Slot | undefined {
  return blocked || delayMs > 0 ? undefined : window.tryReserveSlot(queue, kind);
}

interface Inserted {
  row: InsertedJob;
  draft: JobDraft;
  slot: Slot | undefined;
}

/** Dispatches a committed job that has a slot. Workers take the others from the backlog. */
function sendOn(deps: CommitDeps, { row: { state }, draft, slot }: Inserted): void {
  const { id: jobId, tenantId, blocked } = draft;
  if (state !== 'queued') slot?.release();
  else if (blocked) deps.blockedJobs.noteBlocked(tenantId);
  else if (slot === undefined) deps.noteBacklog(draft.queue);
  else deps.dispatcher.dispatch({ ...draft, jobId, ticket: 1 });
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
