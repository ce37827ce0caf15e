import { isFinal, Problem } from '@turno/contract';
import type { AcceptedJob, JobView, WaitUntil } from '@turno/jobs';
import type { JobKey } from '@turno/postgres';
import { type MaybeReady, whenReady } from '@turno/runtime';
import type { Request } from 'express';
import { preferredWaitSeconds } from '../../http/request/prefer.ts';
import { longPoll } from '../../http/stream/long-poll.ts';
import type { OperationDeps } from '../deps.ts';
import type { Call } from '../operation.ts';
import { noSuchJob, readJobView } from './job-key.ts';

export type WaitDeps = Pick<OperationDeps, 'waiters' | 'isKeyValid'>;

/** A longer wait is applied as this one. */
export const waitSecondsMax = 60;

/** Returns the seconds of `Prefer: wait=N`, undefined when the client does not wait. */
export function waitSecondsOf(req: Request): number | undefined {
  const { prefer } = req.headers;
  return preferredWaitSeconds(Array.isArray(prefer) ? prefer.join(', ') : prefer, waitSecondsMax);
}

/**
 * Returns the seconds for which this request may wait, and takes its share until it is answered.
 * Undefined when it does not wait: the client does not prefer it, or its tenant or all tenants have as many waits as
 * they may. Such a request is answered at once, with the time of the next poll.
 */
export function beginWait(
  { waitShares }: Pick<OperationDeps, 'waitShares'>,
  { caller, req, res }: Call,
  seconds = waitSecondsOf(req),
): number | undefined {
  if (seconds === undefined) return undefined;
  const release = waitShares.take(caller.tenantId);
  if (typeof release !== 'function') return undefined;
  const end = () => {
    res.off('close', end);
    req.socket.off('close', end);
    release();
  };
  res.once('close', end);
  // An answer behind others on its connection gets no `close` event when the client goes.
  req.socket.setMaxListeners(0).once('close', end);
  return seconds;
}

/** The value of `Preference-Applied`. */
export function preferenceApplied(waitSeconds: number | undefined): string | undefined {
  return waitSeconds === undefined ? undefined : `wait=${waitSeconds}`;
}

interface Wait {
  key: JobKey;
  until: WaitUntil;
  waitSeconds: number;
  accepted?: AcceptedJob;
}

/**
 * Holds the request until the job is as `until` says or the time is over. Resolves with the job as it is then.
 * `gone`: the job was erased meanwhile; `key-invalid`: the caller's key became invalid, so nothing may be shown.
 */
async function waitForJob(
  { waiters, isKeyValid }: WaitDeps,
  req: Request,
  { key, until, waitSeconds, accepted }: Wait,
): Promise<JobView | 'gone' | 'key-invalid'> {
  const timeoutMs = waitSeconds * 1_000;
  const view = await longPoll(req, (signal) => waiters.wait({ ...key, until, timeoutMs, signal, accepted }));
  if (!(await isKeyValid(req))) return 'key-invalid';
  return view ?? 'gone';
}

export interface ReadOrWait {
  key: JobKey;
  waitSeconds: number | undefined;
  /** Says by the job as it is now what to wait for; undefined: answer at once. */
  until: (view: JobView) => WaitUntil | undefined;
}

/**
 * Reads a job, and when the client prefers to wait, again at the end of the wait. Returns a job in memory at once.
 * Throws or rejects with `job-not-found` and `unauthorized`.
 */
export function readOrWait(
  deps: WaitDeps & Pick<OperationDeps, 'reader'>,
  req: Request,
  { key, waitSeconds, until: untilOf }: ReadOrWait,
): MaybeReady<JobView> {
  return whenReady(readJobView(deps, key), (view) => {
    if (waitSeconds === undefined || isFinal(view.state)) return view;
    const until = untilOf(view);
    return until === undefined ? view : readLater(deps, req, { key, until, waitSeconds });
  });
}

async function readLater(deps: WaitDeps, req: Request, wait: Wait): Promise<JobView> {
  const latest = await waitForJob(deps, req, wait);
  if (latest === 'key-invalid') throw keyBecameInvalid();
  if (latest === 'gone') throw noSuchJob();
  return latest;
}

export interface Accepted {
  tenantId: string;
  accepted: JobView;
  /** A time before the commit, of `performance.now()`. */
  submittedAtMs: number;
  waitSeconds: number | undefined;
}

/**
 * Waits for the end of a job that was just accepted. When the wait fails, the job is returned as it was accepted.
 * Never throws: the job is durable by now, and no failure to wait may hide that.
 */
export async function waitForEnd(
  deps: WaitDeps,
  req: Request,
  { tenantId, accepted, submittedAtMs, waitSeconds }: Accepted,
): Promise<JobView> {
  if (waitSeconds === undefined || isFinal(accepted.state)) return accepted;
  const key = { tenantId, jobId: accepted.id };
  try {
    const isNew = accepted.atEnd !== undefined;
    const view = await waitForJob(deps, req, {
      key,
      until: 'final',
      waitSeconds,
      ...(isNew && { accepted: { view: accepted, submittedAtMs } }),
    });
    return typeof view === 'string' ? accepted : view;
  } catch (error) {
    const { service, id } = req.context;
    service.log.warn({ err: error, requestId: id, jobId: accepted.id }, 'job accepted, but its end was not waited for');
    return accepted;
  }
}

function keyBecameInvalid(): Problem {
  return new Problem('unauthorized', { detail: 'This API key became invalid while the request waited for the job.' });
}
