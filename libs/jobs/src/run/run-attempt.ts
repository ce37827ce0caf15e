import { randomUUID } from 'node:crypto';
import type { Catalogue, CatalogueEntry } from '@turno/kinds';
import type { AttemptEnd, Batcher, ClaimedJob, ClaimRequest, HandOver } from '@turno/postgres';
import type { HandedTicket, Slots } from '@turno/queue';
import type { Log } from '@turno/runtime';
import type { AttemptResult, ExecuteAttempt, HandBack, WantedHandBack } from './attempt.ts';
import { type FinishDeps, finishAttempt, toAttemptEnd } from '../finish/finish-job.ts';
import type { LogLineRecorder } from './record-log-lines.ts';
import type { ProgressRecorder } from './record-progress.ts';
import type { PauseWatch } from '../dispatch/due-work.ts';
import type { RunTimes } from './run-times.ts';
import type { RunningAttempts, StopReason } from './running-attempts.ts';
import type { Publish } from '../follow/publish-changes.ts';

export interface RunDeps extends FinishDeps {
  catalogue: Catalogue;
  claims: Batcher<ClaimRequest, ClaimedJob | undefined>;
  /**
   * Returns tickets to the backlog unclaimed.
   * Each job keeps its place; no attempt is recorded; its next ticket travels alone.
   */
  requeues: Batcher<Pick<HandOver, 'jobId' | 'ticket'>, true>;
  execute: ExecuteAttempt;
  progress: ProgressRecorder;
  logLines: LogLineRecorder;
  publish: Publish;
  running: RunningAttempts;
  runTimes: RunTimes;
  pauses: PauseWatch;
  /** Shows the failure of a packed ticket in Bull Board. Never throws. */
  showFailure: (ticket: HandedTicket, failure: string) => Promise<void>;
  /** A ticket that cannot start within this time is handed back. */
  startWithinMs: number;
  /** Returns whether this worker stops, so that no attempt may begin. */
  isStopping: () => boolean;
  /** The name of this worker process, which holds its lease. */
  worker: string;
  log: Log;
}

/**
 * The delays before a job is offered to another worker because this one lacks its kind, or its code as of the start:
 * 2 s suit a rolling deployment. The delay doubles each time up to 5 minutes, since the kind may never be deployed
 * and its jobs must not keep all workers busy.
 */
const cannotRunMs = { first: 2_000, most: 5 * 60_000 };

function offerOthers({ handBacks }: ClaimedJob, handBack: string): HandBack {
  const delayMs = Math.min(cannotRunMs.most, cannotRunMs.first * 2 ** Math.min(handBacks, 30));
  return { handBack, delayMs };
}

/** A handler that is running, and the end that its attempt will have; undefined if the ticket was stale. */
export interface Begun {
  end: Promise<AttemptEnd>;
}

/**
 * Claims a ticket in Postgres and starts its handler under its limits, in a slot that the caller has taken.
 * Returns when the handler has begun; undefined for a stale ticket, which is dropped. The slot is free once the handler
 * has ended: the next one may start while this end is being written.
 */
export async function beginAttempt(deps: RunDeps, ticket: HandedTicket, slots: Slots): Promise<Begun | undefined> {
  const { jobId, ticket: number } = ticket;
  const request = { jobId, ticket: number, claim: randomUUID(), worker: deps.worker };
  const closeClaim = deps.running.openClaim(request.claim);
  const claimed = await deps.claims.add(request).catch((error: unknown) => {
    slots.release();
    closeClaim();
    throw error;
  });
  if (claimed === undefined) {
    slots.release();
    closeClaim();
    deps.log.debug({ jobId, ticket: number }, 'stale ticket dropped');
    return undefined;
  }
  deps.publish(claimed);
  return { end: runClaimed(deps, { request, claimed, slots }).finally(closeClaim) };
}

interface ClaimedAttempt {
  request: ClaimRequest;
  claimed: ClaimedJob;
  slots: Slots;
}

async function runClaimed(deps: RunDeps, { request, claimed, slots }: ClaimedAttempt): Promise<AttemptEnd> {
  const beganAt = performance.now();
  const result = await resultOf(deps, { ...claimed, ...request });
  slots.release();
  deps.runTimes.record(claimed.kind, performance.now() - beganAt);
  if ('stack' in result) {
    const { jobId } = request;
    deps.log.info({ jobId, kind: claimed.kind, attempt: claimed.tries, stack: result.stack }, 'handler threw');
  }
  const wanted = toAttemptEnd({ request, claimed, result, entry: deps.catalogue.get(claimed.kind) });
  return finishAttempt(deps, claimed, wanted);
}

type Claimed = ClaimedJob & ClaimRequest;

async function resultOf(deps: RunDeps, job: Claimed): Promise<AttemptResult | HandBack> {
  const entry = deps.catalogue.get(job.kind);
  if (entry?.kind.version !== job.kindVersion) {
    return offerOthers(job, 'this worker lacks the kind or its version');
  }
  const { signal, stop, end } = deps.running.begin(job);
  const timer = setTimeout(() => {
    stop({ code: 'timeout', message: `The attempt took longer than its ${job.timeoutMs / 1_000} s.` });
  }, job.timeoutMs);
  try {
    const ran = signal.aborted ? undefined : await execute(deps, { entry, job, signal });
    const result = ran && 'handBack' in ran ? toHandBack(job, ran) : ran;
    const stopped = signal.aborted ? (signal.reason as StopReason) : undefined;
    if (result && (isDone(result) || stopped === undefined || stopped.code === 'timeout')) return result;
    // The stop may have been late or wrong. If the job still belongs to this claim, it must not stay running for ever.
    return { handBack: stopped?.message ?? 'stopped', delayMs: 0 };
  } finally {
    clearTimeout(timer);
    end();
  }
}

function toHandBack(job: Claimed, { handBack, delayMs }: WantedHandBack): HandBack {
  return delayMs === undefined ? offerOthers(job, handBack) : { handBack, delayMs };
}

function isDone(result: AttemptResult | HandBack): boolean {
  return 'ok' in result && result.ok;
}

interface Started {
  entry: CatalogueEntry;
  job: Claimed;
  signal: AbortSignal;
}

async function execute(deps: RunDeps, { entry, job, signal }: Started): Promise<AttemptResult | WantedHandBack> {
  const { jobId, tenantId, ticket, claim, traceparent } = job;
  const lines = deps.logLines.begin({ jobId, tenantId, attempt: job.tries });
  try {
    return await deps.execute({
      jobId,
      tenantId,
      ticket,
      entry,
      input: JSON.parse(job.input) as unknown,
      attempt: job.tries,
      traceparent,
      signal,
      onProgress: (percent, message) => deps.progress.record({ jobId, claim, percent, message }),
      lines,
    });
  } catch (error) {
    deps.log.error({ err: error, jobId }, 'attempt could not be executed; it counts as failed');
    return { ok: false, code: 'internal-error', message: 'The worker could not run the handler.', permanent: false };
  } finally {
    lines.end();
  }
}
