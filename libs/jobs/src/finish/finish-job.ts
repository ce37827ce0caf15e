import { type Backoff, errorMessageCharsMax } from '@turno/contract';
import type { CatalogueEntry } from '@turno/kinds';
import type { AttemptEnd, ClaimedJob, ClaimRequest, FinishAnswer, Batcher } from '@turno/postgres';
import { type Log, traceIdOf } from '@turno/runtime';
import type { AttemptResult } from '../run/attempt.ts';
import { backoffMs } from './backoff.ts';
import type { UnsavedResults } from './unsaved-results.ts';
import { writeEnd } from './write-end.ts';

export interface FinishDeps {
  finishes: Batcher<AttemptEnd, FinishAnswer>;
  /** A job joined the backlog of this queue: look soon. */
  refill: (queue: string) => void;
  /** A run of this tenant, which may run only so many at once, ended. Never waits, never throws. */
  noteRunEnded: (tenantId: string) => void;
  unsavedResults: UnsavedResults;
  log: Log;
}

/** Not an end of the work: somebody else shall have the job, and this attempt does not count. */
export interface HandBack {
  handBack: string;
  delayMs: number;
}

/**
 * Writes the end of an attempt and answers with what was written; `finishes` tells it. Nothing is cached here: most results are read
 * by few, and whoever reads one first keeps it for the others. Refused when the ticket is not ours any more: somebody else has
 * the job, or it is over, and what this attempt made is thrown away.
 */
export async function finishAttempt(deps: FinishDeps, claimed: ClaimedJob, wanted: AttemptEnd): Promise<AttemptEnd> {
  const { tenantId, kind, queue } = claimed;
  const release = deps.unsavedResults.add(wanted);
  const { answer, end } = await writeEnd(deps, wanted, claimed.tries).finally(release);
  const { jobId, ticket } = end;
  if (answer === 'refused') {
    deps.log.warn({ jobId, ticket, to: end.to, ...traceOf(claimed) }, 'late result refused');
    return end;
  }
  if (claimed.limited) deps.noteRunEnded(tenantId);
  if (end.to === 'handed-back' && end.delayMs === 0) deps.refill(queue);
  const { code, message: reason } = end.error ?? {};
  const about = { jobId, kind, ticket, ...traceOf(claimed), to: end.to, code, reason, worker: end.worker };
  deps.log.info(about, 'attempt ended');
  return end;
}

/** For log lines: nothing when the request that submitted the job told of no trace. */
function traceOf({ traceparent }: ClaimedJob): { traceId?: string } {
  return traceparent === null ? {} : { traceId: traceIdOf(traceparent) };
}

export interface AttemptOutcome {
  request: ClaimRequest;
  claimed: ClaimedJob;
  /** Undefined when this worker lacks the kind. */
  entry: CatalogueEntry | undefined;
  result: AttemptResult | HandBack;
}

/** What an attempt's result means for its job. */
export function toAttemptEnd({ request, claimed, entry, result }: AttemptOutcome): AttemptEnd {
  const end = { ...request, output: null, error: null, delayMs: 0 };
  if ('handBack' in result) return { ...end, to: 'handed-back', delayMs: result.delayMs };
  if (result.ok) {
    return { ...end, to: 'completed', output: result.isInFile ? null : JSON.stringify(result.output) };
  }
  const { tries, maxAttempts } = claimed;
  const error = { code: result.code, message: cut(result.message), attempt: tries };
  if (result.permanent || tries >= maxAttempts) return { ...end, to: 'failed', error };
  const backoff = (claimed.backoff as Backoff | null) ?? entry?.limits.backoff ?? 'exponential';
  return { ...end, to: 'retrying', error, delayMs: Math.max(backoffMs(backoff, tries), result.retryAfterMs ?? 0) };
}

/** Stored text is bounded and never ends in half a character. */
function cut(message: string): string {
  return message.toWellFormed().slice(0, errorMessageCharsMax).toWellFormed().replaceAll('\u0000', '\uFFFD');
}
