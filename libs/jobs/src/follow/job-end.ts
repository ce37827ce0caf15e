import type { FinishedJob, JobRow } from '@turno/postgres';

/**
 * The end of a job on its first attempt: what a submit that waits for it does not know yet.
 * It travels with the signal, so that no waiter reads the job again.
 */
export type JobEnd = Pick<
  JobRow,
  'state' | 'version' | 'startedAt' | 'finishedAt' | 'progressPercent' | 'progressMessage' | 'error' | 'output'
>;

/** A longer output is read by those who wait for it: a signal costs memory in Redis for each subscriber. */
const outputCharsMax = 4_096;

/** Renders the end of a job as text. Undefined for one with a longer output, or with a history that must be read. */
export function renderEnd(job: FinishedJob): string | undefined {
  const { run, tries, ticket, output, startedAt, finishedAt } = job;
  if (run > 1 || tries !== 1 || ticket > 1 || finishedAt === null || startedAt === null) return undefined;
  if (job.state === 'completed' && (output === null || output.length > outputCharsMax)) return undefined;
  const end: JobEnd = {
    state: job.state,
    version: job.version,
    startedAt,
    finishedAt,
    progressPercent: job.progressPercent,
    progressMessage: job.progressMessage,
    error: job.error,
    output: job.state === 'completed' ? output : null,
  };
  return JSON.stringify(end);
}

/** Parses the end of a job. Undefined for a text of another version's shape. */
export function parseEnd(text: string): JobEnd | undefined {
  try {
    const end = JSON.parse(text) as JobEnd;
    return fields.every((field) => field in end) ? end : undefined;
  } catch {
    return undefined;
  }
}

const fields = [
  'state',
  'version',
  'startedAt',
  'finishedAt',
  'progressPercent',
  'progressMessage',
  'error',
  'output',
] as const satisfies (keyof JobEnd)[];
