import { formatTime, type Job, type JobAttempt, type JobError, type JobState } from '@turno/contract';
import type { JobNow, JobRow } from '@turno/postgres';

/** A job ready to be sent: `body` is the contract's JSON, the other fields are what HTTP needs besides. */
export interface JobView {
  id: string;
  state: JobState;
  run: number;
  tries: number;
  version: number;
  progressPercent: number | null;
  progressMessage: string | null;
  runAt: string;
  finishedAt: string | null;
  expiresAt: string;
  error: JobError | null;
  body: string;
  /** Of a job that was just accepted: returns it as it is at its end, which a signal brought; undefined: read it. */
  atEnd?: (end: string) => JobView | undefined;
}

const fields = [
  'id',
  'state',
  'run',
  'tries',
  'version',
  'progressPercent',
  'progressMessage',
  'runAt',
  'finishedAt',
  'expiresAt',
  'error',
  'body',
] as const satisfies (keyof JobView)[];

/** Parses a cached job. Undefined for a truncated text, or one of another version's shape. */
export function parseView(text: string, jobId: string): JobView | undefined {
  try {
    const view = JSON.parse(text) as JobView;
    return view.id === jobId && fields.every((field) => field in view) ? view : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Renders a job.
 * `position` is the number of jobs before it, if known. Input, output and metadata are JSON text already, so they are
 * inserted as text instead of parsed and printed again.
 */
export function renderJob(row: JobRow, retentionDays: number, position: number | null = null): JobView {
  const { id, state, run, tries, version, progressPercent, progressMessage, runAt, finishedAt, error } = row;
  const expiresAt = formatTime(Date.parse(finishedAt ?? runAt) + retentionDays * 86_400_000);
  const head = JSON.stringify({ id, kind: row.kind, kindVersion: row.kindVersion, state });
  const tail = JSON.stringify({
    error,
    progress: progressOf(row),
    run,
    attempt: tries,
    maxAttempts: row.maxAttempts,
    priority: row.priority,
    position,
    tags: row.tags,
  });
  const times = JSON.stringify({
    createdAt: row.createdAt,
    runAt,
    startedAt: row.startedAt,
    finishedAt,
    expiresAt,
    attempts: renderAttempts(row),
    links: linksOf(id),
  });
  const texts = `"input":${row.input},"output":${row.output}`;
  const body = `${head.slice(0, -1)},${texts},${tail.slice(1, -1)},"metadata":${row.metadata},${times.slice(1)}`;
  const progress = { progressPercent, progressMessage };
  return { id, state, run, tries, version, ...progress, runAt, finishedAt, expiresAt, error, body };
}

/** Returns the progress as the job's body and its events show it; null before the first report. */
export function progressOf({ progressPercent, progressMessage }: Pick<JobNow, 'progressPercent' | 'progressMessage'>) {
  return progressPercent === null ? null : { percent: progressPercent, message: progressMessage };
}

function linksOf(id: string): Job['links'] {
  const self = `/v1/jobs/${id}`;
  return {
    self,
    input: `${self}/input`,
    output: `${self}/output`,
    events: `${self}/events`,
    cancel: `${self}/cancel`,
    retry: `${self}/retry`,
  };
}

/**
 * Renders all attempts.
 * The latest is on the job's row, unless it ended while the job went on: then it is in the history.
 */
function renderAttempts(row: JobRow): JobAttempt[] {
  const earlier = row.earlierAttempts;
  const { run, tries: number, startedAt, finishedAt, state } = row;
  const isOver = earlier.some((one) => one.run === run && one.number === number && one.outcome !== 'handed-back');
  if (startedAt === null || number === 0 || isOver) return earlier;
  if (state === 'running')
    return [...earlier, { run, number, startedAt, finishedAt: null, outcome: null, error: null }];
  if (state !== 'completed' && state !== 'failed' && state !== 'cancelled') return earlier;
  return [...earlier, { run, number, startedAt, finishedAt, outcome: state, error: row.error }];
}
