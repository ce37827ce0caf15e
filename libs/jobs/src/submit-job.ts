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

/** One request to submit. */
export interface SubmitCall {
  request: SubmitRequest;
  /** Undefined: every repeat makes another job. */
  key?: RequestKey | undefined;
}

export interface SubmittedJob {
  view: JobView;
  /** True when an earlier request with the same key made this job, which is shown as it is now. */
  replayed: boolean;
}

/**
 * Commits a job and answers with it. Once this resolves the job is durable; it is handed to the queue right after, and
 * nobody waits for that: a dispatch that fails is made good by the sweep. Throws `unknown-kind`, `invalid-request` with
 * every fault, `idempotency-key-reused`, or `store-unavailable`, after which the job may or may not exist (an unanswered COMMIT):
 * with a key the request can be repeated to find out.
 */
export async function submitJob(deps: SubmitDeps, caller: Caller, { request, key }: SubmitCall): Promise<SubmittedJob> {
  const { tenantId } = caller;
  const job = toNewJob(deps, caller, request);
  const submitted = await commit(deps, { tenantId, jobs: [job], key: key ?? null });
  if (submitted.outcome === 'mismatched') throw keyReused();
  if (submitted.outcome === 'replayed') {
    return { view: await readMade(deps, { tenantId, jobId: submitted.jobIds[0] ?? '' }), replayed: true };
  }
  const [inserted] = submitted.jobs;
  if (inserted === undefined) throw new Error(`job ${job.id} was committed without an answer`);
  if (inserted.state === 'queued') sendOn(deps, job);
  return { view: renderNewJob(job, inserted, deps.retentionDays), replayed: false };
}

/** What waits in the backlog the workers find by themselves; what is held nobody has asked for yet. */
function sendOn({ dispatcher, heldJobs }: SubmitDeps, job: NewJob): void {
  if (job.held) heldJobs.ask(job.tenantId);
  else if (!job.backlog) dispatcher.dispatch({ ...job, jobId: job.id, ticket: 1 });
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
