import type { ProgressEvent, StateEvent } from '@turno/contract';
import type { JobNow } from '@turno/postgres';
import type { EventWriter, Signal } from '@turno/redis';

/** Tells all who wait for this job, or follow it, what became of it. Never waits, never throws. */
export type Publish = (job: JobNow) => void;

export interface PublisherDeps {
  events: EventWriter;
  signal: (jobId: string, signal: Signal) => void;
}

/** Makes the two ways to tell of a job: a change of its state, and progress, which wakes only those who follow its events. */
export function createPublisher({ events, signal }: PublisherDeps): { publish: Publish; publishProgress: Publish } {
  return {
    publish(job) {
      // In this order: whoever is woken by the signal finds the event.
      void events.append(job, [{ type: 'state', version: job.version, data: JSON.stringify(toStateEvent(job)) }]);
      signal(job.jobId, 'change');
    },
    publishProgress(job) {
      const data = JSON.stringify(toProgressEvent(job));
      void events.append(job, [{ type: 'progress', version: job.version, data }]).then((followed) => {
        if (followed) signal(job.jobId, 'more');
      });
    },
  };
}

export function toStateEvent(job: Omit<JobNow, 'tenantId' | 'jobId'>): StateEvent {
  const { state, run, tries: attempt, version, error } = job;
  return { state, run, attempt, version, progress: progressOf(job), error };
}

function toProgressEvent(job: JobNow): ProgressEvent {
  const { percent, message } = progressOf(job) ?? { percent: 0, message: null };
  return { percent, message, run: job.run, attempt: job.tries, version: job.version };
}

/** As the job's body and its events show it. */
export function progressOf({ progressPercent, progressMessage }: Pick<JobNow, 'progressPercent' | 'progressMessage'>) {
  return progressPercent === null ? null : { percent: progressPercent, message: progressMessage };
}
