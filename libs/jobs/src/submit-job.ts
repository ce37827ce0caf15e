import { inlineBytesMax, newId, Problem, type SubmitRequest } from '@turno/contract';
import { type Catalogue, parseInput } from '@turno/kinds';
import {
  type Group,
  type InsertedJob,
  isConnectionError,
  type JobKey,
  type NewJob,
  type RequestKey,
  type Submission,
  type Submitted,
} from '@turno/postgres';
import type { Caller } from '@turno/tenants';
import type { Dispatcher } from './dispatch-job.ts';
import type { HeldJobs } from './let-go-held.ts';
import type { Window } from './window.ts';
import { type JobView, renderJob } from './job-view.ts';
import type { JobReader } from './read-job.ts';

export interface SubmitDeps {
  catalogue: Catalogue;
  submissions: Group<Submission, Submitted>;
  reader: Pick<JobReader, 'read'>;
  dispatcher: Dispatcher;
  window: Window;
  heldJobs: Pick<HeldJobs, 'ask'>;
  retentionDays: number;
}

/** A submit that cannot be committed within this time is answered 503. */
export const submitPatienceMs = 1_800;

/** Jobs to submit together: all of them are committed, or none. */
export interface SubmitCall {
  /** At least one. */
  requests: readonly SubmitRequest[];
  /** Undefined: every repeat makes other jobs. */
  key?: RequestKey | undefined;
}

export interface SubmittedJobs {
  /** In the order of the requests. */
  views: JobView[];
  /** True when an earlier call with the same key made these jobs, which are shown as they are now. */
  replayed: boolean;
}

/**
 * Commits jobs and answers with them. Once this resolves they are durable; they are handed to the queue right after, and
 * nobody waits for that: a dispatch that fails is made good by the sweep. Throws `unknown-kind`, `invalid-request` with
 * every fault, `idempotency-key-reused`, or `store-unavailable`, after which the jobs may or may not exist (an unanswered COMMIT):
 * with a key the call can be repeated to find out.
 */
export async function submitJobs(
  deps: SubmitDeps,
  caller: Caller,
  { requests, key }: SubmitCall,
): Promise<SubmittedJobs> {
  const { tenantId } = caller;
  const jobs = requests.map((request) => toNewJob(deps, caller, request));
  const submitted = await commit(deps, { tenantId, jobs, key: key ?? null });
  if (submitted.outcome === 'mismatched') throw keyReused();
  if (submitted.outcome === 'replayed') {
    const views = await Promise.all(submitted.jobIds.map((jobId) => readMade(deps, { tenantId, jobId })));
    return { views, replayed: true };
  }
  const views = submitted.jobs.map((inserted, index) => sendOn(deps, jobs[index] as NewJob, inserted));
  return { views, replayed: false };
}

/** Dispatches a job as far as it is its turn, and shows it. What waits in the backlog the workers find by themselves. */
function sendOn(deps: SubmitDeps, job: NewJob, inserted: InsertedJob): JobView {
  if (inserted.state === 'queued') {
    if (job.held)
      deps.heldJobs.ask(job.tenantId); // nobody has asked for it yet
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

function toNewJob(
  { catalogue, window }: SubmitDeps,
  caller: Caller,
  { kind: name, input, options }: SubmitRequest,
): NewJob {
  const entry = catalogue.get(name);
  if (entry === undefined) {
    throw new Problem('unknown-kind', {
      detail: `There is no kind "${name.slice(0, 100)}"; GET /v1/kinds lists them.`,
    });
  }
  const held = caller.plan.concurrentRunsMax !== null;
  return {
    id: newId('job'),
    tenantId: caller.tenantId,
    kind: name,
    kindVersion: entry.kind.version,
    queue: entry.kind.queue,
    priority: options.priority,
    maxAttempts: options.maxAttempts ?? entry.limits.maxAttempts,
    timeoutMs: Math.round((options.timeoutSeconds ?? entry.limits.timeoutSeconds) * 1_000),
    tags: options.tags,
    delayMs: options.delaySeconds * 1_000,
    runAt: options.runAt,
    input: JSON.stringify(parseInput(entry, input)),
    metadata: JSON.stringify(options.metadata),
    backoff: options.backoff === undefined ? null : JSON.stringify(options.backoff),
    deadlineMs: options.deadlineSeconds === null ? null : options.deadlineSeconds * 1_000,
    backlog: held || (options.delaySeconds === 0 && !window.admit(entry.kind.queue, name)),
    held,
  };
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

/** What a read would show right after the commit, without the read. */
function renderNewJob(job: NewJob, inserted: InsertedJob, retentionDays: number): JobView {
  return renderJob(
    {
      ...job,
      ...inserted,
      run: 1,
      tries: 0,
      version: 1,
      progressPercent: null,
      progressMessage: null,
      error: null,
      tags: [...job.tags],
      startedAt: null,
      finishedAt: null,
      input: inlined(job.input),
      output: null,
      earlierAttempts: [],
    },
    retentionDays,
  );
}

function inlined(json: string): string | null {
  return Buffer.byteLength(json) <= inlineBytesMax ? json : null;
}
