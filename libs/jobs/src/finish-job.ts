import { errorMessageCharsMax } from '@turno/contract';
import type { AttemptEnd, ClaimedJob, ClaimRequest, FinishAnswer, Group } from '@turno/postgres';
import type { Log } from '@turno/runtime';
import type { AttemptResult } from './attempt.ts';
import { backoffMs } from './backoff.ts';
import type { Dispatcher } from './dispatch-job.ts';
import type { JobReader } from './read-job.ts';

export interface FinishDeps {
  finishes: Group<AttemptEnd, FinishAnswer>;
  reader: JobReader;
  dispatcher: Dispatcher;
  /** Wakes whoever waits for this job. Never waits, never throws. */
  signal: (job: { tenantId: string; jobId: string }) => void;
  log: Log;
}

/** Not an end of the work: somebody else shall have the job, and this attempt does not count. */
export interface HandBack {
  handBack: string;
  delayMs: number;
}

/**
 * Writes the end of an attempt, then caches and tells it. Refused when the ticket is not ours any more: somebody else has
 * the job, or it is over, and what this attempt made is thrown away.
 */
export async function finishAttempt(deps: FinishDeps, claimed: ClaimedJob, end: AttemptEnd): Promise<void> {
  const { jobId, ticket } = end;
  const { tenantId, kind } = claimed;
  const answer = await deps.finishes.add(end);
  if (answer === 'refused') return deps.log.warn({ jobId, ticket, to: end.to }, 'late result refused');
  if (end.to === 'completed') await deps.reader.warm(tenantId, jobId);
  if (end.to === 'handed-back' && end.delayMs === 0) {
    deps.dispatcher.dispatch({ jobId, ticket: ticket + 1, kind, queue: claimed.queue, priority: claimed.priority });
  }
  deps.signal({ tenantId, jobId });
  deps.log.info({ jobId, kind, ticket, to: end.to, code: end.error?.code, worker: end.worker }, 'attempt ended');
}

/** What an attempt's result means for its job. */
export function toAttemptEnd(request: ClaimRequest, claimed: ClaimedJob, result: AttemptResult | HandBack): AttemptEnd {
  const end = { ...request, output: null, error: null, delayMs: 0 };
  if ('handBack' in result) return { ...end, to: 'handed-back', delayMs: result.delayMs };
  if (result.ok) return { ...end, to: 'completed', output: JSON.stringify(result.output) };
  const error = {
    code: result.code,
    message: cut(result.message),
    attempt: claimed.tries,
  };
  if (result.permanent || claimed.tries >= claimed.maxAttempts) return { ...end, to: 'failed', error };
  return { ...end, to: 'retrying', error, delayMs: Math.max(backoffMs(claimed.tries), result.retryAfterMs ?? 0) };
}

/** Stored text is bounded and never ends in half a character. */
function cut(message: string): string {
  return message.toWellFormed().slice(0, errorMessageCharsMax).toWellFormed().replaceAll('\u0000', '\uFFFD');
}
