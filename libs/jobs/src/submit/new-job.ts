import { inlineBytesMax, newId, Problem, type SubmitOptions, type SubmitRequest } from '@turno/contract';
import { type Catalogue, type CatalogueEntry, parseInput } from '@turno/kinds';
import type { InsertedJob, JobTemplate, NewJob } from '@turno/postgres';
import type { Caller } from '@turno/tenants';
import { type JobView, renderJob } from '../read/job-view.ts';
import type { Window } from '../dispatch/window.ts';

export interface MakeDeps {
  catalogue: Catalogue;
  window: Window;
  /** Uploads that a job names are kept for so long after its time. */
  retentionDays: number;
}

/** Throws `unknown-kind`. */
export function entryOf(catalogue: Catalogue, kind: string): CatalogueEntry {
  const entry = catalogue.get(kind);
  if (entry !== undefined) return entry;
  throw new Problem('unknown-kind', {
    detail: `There is no kind "${kind.slice(0, 100)}"; GET /v1/kinds lists them.`,
  });
}

/** The job that a request asks for. Throws `unknown-kind`, or `invalid-request` with every fault of the input. */
export function toNewJob(
  { catalogue, window, retentionDays }: MakeDeps,
  caller: Caller,
  request: SubmitRequest,
): NewJob {
  const entry = entryOf(catalogue, request.kind);
  const { kind, options } = request;
  const blocked = caller.plan.concurrentRunsMax !== null;
  return {
    id: newId('job'),
    tenantId: caller.tenantId,
    ...toTemplate(entry, request),
    delayMs: options.delaySeconds * 1_000,
    runAt: options.runAt,
    backlog: blocked || (options.delaySeconds === 0 && !window.tryReserveSlot(entry.kind.queue, kind)),
    blocked,
    keepFilesDays: retentionDays,
  };
}

/** A request as far as it does not matter when its job runs. */
type Timeless = Pick<SubmitRequest, 'kind' | 'input'> & {
  options: Omit<SubmitOptions, 'delaySeconds' | 'runAt' | 'cacheSeconds'>;
};

/** What a job has from its kind and its request, whoever makes it and whenever. Throws `invalid-request` with every fault of the input. */
export function toTemplate(entry: CatalogueEntry, { kind, input, options }: Timeless): JobTemplate {
  return {
    kind,
    kindVersion: entry.kind.version,
    queue: entry.kind.queue,
    priority: options.priority,
    maxAttempts: options.maxAttempts ?? entry.limits.maxAttempts,
    timeoutMs: Math.round((options.timeoutSeconds ?? entry.limits.timeoutSeconds) * 1_000),
    tags: options.tags,
    input: JSON.stringify(parseInput(entry, input)),
    metadata: JSON.stringify(options.metadata),
    backoff: options.backoff === undefined ? null : JSON.stringify(options.backoff),
    deadlineMs: options.deadlineSeconds === null ? null : options.deadlineSeconds * 1_000,
  };
}

/** What a read would show right after the commit, without the read. */
export function renderNewJob(job: NewJob, inserted: InsertedJob, retentionDays: number): JobView {
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
