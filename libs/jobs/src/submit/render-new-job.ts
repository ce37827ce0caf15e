import { inlineBytesMax } from '@turno/contract';
import type { InsertedJob } from '@turno/postgres';
import { type JobView, renderJob } from '../read/job-view.ts';
import type { JobDraft } from './new-job.ts';

/** Renders a job as a read right after its commit would, without that read. */
export function renderNewJob(job: JobDraft, inserted: InsertedJob, retentionDays: number): JobView {
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
