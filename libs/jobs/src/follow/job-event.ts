import { isFinal, type StateEvent } from '@turno/contract';
import type { StoredJobEvent } from '@turno/redis';
import { type EventPlace, toEventId } from './event-place.ts';
import type { JobView } from '../read/job-view.ts';
import { toStateEvent } from '../finish/publish-changes.ts';

/** One event of a job as it is sent. */
export interface JobEvent {
  id: string;
  type: 'state' | 'progress' | 'log' | 'done';
  /** JSON text. */
  data: string;
}

/** Steps on to this entry. Undefined when it tells nothing new: a change that is known already, or the begin of the stream. */
export function takeEntry(place: EventPlace, entry: StoredJobEvent): JobEvent | undefined {
  place.entry = entry.id;
  if (entry.type === 'opened') return undefined;
  const { type, version, data } = entry;
  if (type !== 'log') {
    if (version <= place.version) return undefined;
    place.version = version;
  }
  return { id: toEventId(place), type, data };
}

export function toState(place: EventPlace, view: JobView): JobEvent {
  return { id: toEventId(place), type: 'state', data: JSON.stringify(toStateEvent(view)) };
}

/** The last event: the job itself, its output with it. */
export function toDone(place: EventPlace, view: JobView): JobEvent {
  return { id: toEventId(place, true), type: 'done', data: view.body };
}

export function endsRun({ type, data }: JobEvent): boolean {
  return type === 'state' && isFinal((JSON.parse(data) as StateEvent).state);
}
