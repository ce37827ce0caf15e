import { isFinal, type ProgressEvent, type StateEvent } from '@turno/contract';
import type { JobNow } from '@turno/postgres';
import type { StoredJobEvent } from '@turno/redis';
import { type JobView, progressOf } from '../read/job-view.ts';
import { type EventPosition, toEventId } from './event-position.ts';

/** One event of a job as the client receives it. */
export interface JobEvent {
  id: string;
  type: 'state' | 'progress' | 'log' | 'done';
  /** JSON text. */
  data: string;
}

/**
 * Advances the position to this entry and returns its event.
 * Undefined when the entry brings nothing new: a change that is known already, or the first entry of the stream.
 */
export function advance(position: EventPosition, entry: StoredJobEvent): JobEvent | undefined {
  position.entry = entry.id;
  if (entry.type === 'opened') return undefined;
  const { type, version, data } = entry;
  if (type !== 'log') {
    if (version <= position.version) return undefined;
    position.version = version;
  }
  return { id: toEventId(position), type, data };
}

export function renderState(position: EventPosition, view: JobView): JobEvent {
  return { id: toEventId(position), type: 'state', data: JSON.stringify(toStateEvent(view)) };
}

/** Renders the last event of a stream: the job itself with its output. */
export function renderDone(position: EventPosition, view: JobView): JobEvent {
  return { id: toEventId(position, true), type: 'done', data: view.body };
}

export function endsRun({ type, data }: JobEvent): boolean {
  return type === 'state' && isFinal((JSON.parse(data) as StateEvent).state);
}

export function toStateEvent(job: Omit<JobNow, 'tenantId' | 'jobId'>): StateEvent {
  const { state, run, tries: attempt, version, error } = job;
  return { state, run, attempt, version, progress: progressOf(job), error };
}

export function toProgressEvent(job: JobNow): ProgressEvent {
  const { percent, message } = progressOf(job) ?? { percent: 0, message: null };
  return { percent, message, run: job.run, attempt: job.tries, version: job.version };
}
