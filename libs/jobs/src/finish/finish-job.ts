import { type Backoff, errorMessageCharsMax } from '@turno/contract';
import type { CatalogueEntry } from '@turno/kinds';
import type { AttemptEnd, ClaimedJob, ClaimRequest, FinishAnswer, Batcher } from '@turno/postgres';
import { type Log, traceIdOf } from '@turno/runtime';
import type { AttemptResult, HandBack } from '../run/attempt.ts';
import { backoffMs } from './backoff.ts';
import type { UnsavedResults } from './unsaved-results.ts';
import { writeEnd } from './write-end.ts';

export interface FinishDeps {
  /** Writes ends in batches and publishes each job that it changed. */
  finishes: Batcher<AttemptEnd, FinishAnswer>;
  /** Refills this queue's window soon, since a job joined its backlog. */
  refill: (queue: string) => void;
  /** Reports that a job is due in `inMs`: a retry, or a hand-back with a delay. */
  noteDue: (inMs: number) => void;
  /** Reports that a run of a tenant with a limit of runs ended. Never waits, never throws. */
  noteRunEnded: (tenantId: string) => void;
  unsavedResults: UnsavedResults;
  log: Log;
}

/**
 * Writes the end of an attempt and returns the end that was written;
 * `finishes` publishes it.
 *
 * The write is refused if the ticket is stale: another worker has the job, or it is final. Then the result is
 * dropped. Nothing is cached here: most results have few readers, and the first reader fills the cache.
 */
export async function finishAttempt(deps: FinishDeps, claimed: ClaimedJob, wanted: AttemptEnd): Promise<AttemptEnd> {
  const { tenantId, kind, queue } = claimed;
  const saved = deps.unsavedResults.add(wanted);
  const { answer, end } = await writeEnd(deps, wanted, claimed.tries).finally(saved);
  const { jobId, ticket } = end;
  if (answer === 'refused') {
    deps.log.warn({ jobId, ticket, to: end.to, ...traceOf(claimed) }, 'late result refused');
    return end;
  }
  if (claimed.limited) deps.noteRunEnded(tenantId);
  if (end.to === 'handed-back' && end.delayMs === 0) deps.refill(queue);
  else if (end.to === 'handed-back' || end.to === 'retrying') deps.noteDue(end.delayMs);
  const { code, message: reason } = end.error ?? {};
  const about = { jobId, kind, ticket, ...traceOf(claimed), to: end.to, code, reason, worker: end.worker };
  deps.log.info(about, 'attempt ended');
  return end;
}

/** Returns the trace id for log lines, or nothing if the submitting request had no `traceparent`. */
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

/** Decides the next state of the job: completed, failed, retrying after a backoff, or handed back. */
export function toAttemptEnd({ request, claimed, entry, result }: AttemptOutcome): AttemptEnd {
  const end = { ...request, tenantId: claimed.tenantId, output: null, error: null, delayMs: 0 };
  if ('handBack' in result) return { ...end, to: 'handed-back', delayMs: result.delayMs };
  if (result.ok) {
    return { ...end, to: 'completed', output: result.isInFile ? null : JSON.stringify(result.output) };
  }
  const { tries, maxAttempts } = claimed;
  const error = { code: result.code, message: storable(result.message), attempt: tries };
  if (result.permanent || tries >= maxAttempts) return { ...end, to: 'failed', error };
  const backoff = (claimed.backoff as Backoff | null) ?? entry?.limits.backoff ?? 'exponential';
  return { ...end, to: 'retrying', error, delayMs: Math.max(backoffMs(backoff, tries), result.retryAfterMs ?? 0) };
}

/** Bounds a message and replaces the characters that Postgres refuses: lone surrogates and NUL. */
function storable(message: string): string {
  return message.toWellFormed().slice(0, errorMessageCharsMax).toWellFormed().replaceAll('\u0000', '\uFFFD');
}
