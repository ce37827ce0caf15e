import { inlineBytesMax } from '@turno/contract';
import type { InsertedJob } from '@turno/postgres';
import { parseEnd } from '../follow/job-end.ts';
import { type JobView, renderJob } from '../read/job-view.ts';
import type { JobDraft } from './new-job.ts';

/** Renders a job as a read right after its commit would, without that read. */
export function renderNewJob(job: JobDraft, inserted: InsertedJob, retentionDays: number): JobView {
  const row = {
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
  };
  const atEnd = (text: string) => {
    const end = parseEnd(text);
    return end && renderJob({ ...row, ...end, tries: 1 }, retentionDays);
  };
  return { ...renderJob(row, retentionDays), atEnd };
}

function inlined(json: string): string | null {
  return Buffer.byteLength(json) <= inlineBytesMax ? json : null;
}
