import type { ChangedJob, JobNow } from '@turno/postgres';
import type { EventWriter, Signal } from '@turno/redis';
import { toProgressEvent, toStateEvent } from './job-event.ts';

/** Publishes a change of a job to its waiters and followers. Never waits, never throws. */
export type Publish = (job: JobNow & Partial<Pick<ChangedJob, 'hasDeliveries'>>) => void;

export interface PublisherDeps {
  events: EventWriter;
  signal: (jobId: string, signal: Signal) => void;
}

export interface Publisher {
  /** Publishes another state, which wakes waiters and followers. */
  publish: Publish;
  /** Publishes progress, which wakes only followers. */
  publishProgress: Publish;
}

/** Creates the publisher of job changes: an event in the job's stream, then a signal to all processes. */
export function createPublisher({ events, signal }: PublisherDeps): Publisher {
  return {
    publish(job) {
      // In this order, so that a follower who is woken by the signal finds the event.
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
