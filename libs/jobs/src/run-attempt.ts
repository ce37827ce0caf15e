import { randomUUID } from 'node:crypto';
import type { Catalogue, CatalogueEntry } from '@turno/kinds';
import type { ClaimedJob, ClaimRequest, Group } from '@turno/postgres';
import type { Log } from '@turno/runtime';
import type { AttemptResult, ExecuteAttempt } from './attempt.ts';
import { type FinishDeps, finishAttempt, type HandBack, toAttemptEnd } from './finish-job.ts';
import type { ProgressRecorder } from './record-progress.ts';

export interface RunDeps extends FinishDeps {
  catalogue: Catalogue;
  claims: Group<ClaimRequest, ClaimedJob | undefined>;
  execute: ExecuteAttempt;
  progress: ProgressRecorder;
  /** Aborts when this worker has to let go of everything in hand. */
  letGo: AbortSignal;
  /** The name of this worker process. */
  worker: string;
  log: Log;
}

/** Long enough for another worker to be the next one, short enough for a rolling deployment. */
const lacksKind: HandBack = { handBack: 'this worker lacks the kind or its version', delayMs: 2_000 };

/**
 * Runs one ticket that BullMQ handed over: claims it in Postgres, runs the handler under its limits, writes the end. A
 * ticket that is not current any more is dropped silently. Throws after the commit when the attempt failed, so that the
 * board shows it; that throw decides nothing.
 */
export async function runAttempt(deps: RunDeps, { jobId, ticket }: { jobId: string; ticket: number }): Promise<void> {
  const request = { jobId, ticket, claim: randomUUID(), worker: deps.worker };
  const claimed = await deps.claims.add(request);
  if (claimed === undefined) return deps.log.debug({ jobId, ticket }, 'stale ticket dropped');
  deps.signal({ tenantId: claimed.tenantId, jobId });
  const entry = deps.catalogue.get(claimed.kind);
  const result =
    entry?.kind.version === claimed.kindVersion ? await execute(deps, entry, { ...claimed, ...request }) : lacksKind;
  const end = toAttemptEnd(request, claimed, result);
  await finishAttempt(deps, claimed, end);
  if (end.error !== null) throw new Error(`${end.error.code}: ${end.error.message}`);
}

async function execute(
  deps: RunDeps,
  entry: CatalogueEntry,
  job: ClaimedJob & ClaimRequest,
): Promise<AttemptResult | HandBack> {
  const timeout = new AbortController();
  const timer = setTimeout(() => {
    const message = `The attempt took longer than its ${job.timeoutMs / 1_000} s.`;
    timeout.abort({ code: 'timeout', message });
  }, job.timeoutMs);
  try {
    const result = await deps.execute({
      jobId: job.jobId,
      tenantId: job.tenantId,
      entry,
      input: JSON.parse(job.input) as unknown,
      attempt: job.tries,
      signal: AbortSignal.any([timeout.signal, deps.letGo]),
      onProgress: (percent, message) => deps.progress.note({ jobId: job.jobId, claim: job.claim, percent, message }),
    });
    return deps.letGo.aborted && !result.ok ? { handBack: 'this worker stops', delayMs: 0 } : result;
  } catch (error) {
    deps.log.error({ err: error, jobId: job.jobId }, 'the attempt could not be executed');
    return { ok: false, code: 'internal-error', message: 'The worker could not run the handler.', permanent: false };
  } finally {
    clearTimeout(timer);
  }
}
