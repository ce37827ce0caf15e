import type { ChangedJob, FinishedJob, JobNow } from '@turno/postgres';
import { isFinal } from '@turno/contract';
import type { EventWriter, Signal } from '@turno/redis';
import { renderEnd } from './job-end.ts';
import { toProgressEvent, toStateEvent } from './job-event.ts';

/** Publishes a change of a job to its waiters and followers. Never waits, never throws. */
export type Publish = (job: JobNow & Partial<Pick<ChangedJob, 'hasDeliveries'>>) => void;

/** Publishes the end of an attempt; that of a job travels with the signal. */
export type PublishFinished = (job: FinishedJob) => void;

export interface PublisherDeps {
  events: EventWriter;
  signal: (jobId: string, signal: Signal) => void;
}

export interface Publisher {
  /** Publishes another state, which wakes waiters and followers. */
  publish: Publish;
  publishFinished: PublishFinished;
  /** Publishes progress, which wakes only followers. */
  publishProgress: Publish;
}

/** Creates the publisher of job changes: an event in the job's stream, then a signal to all processes. */
export function createPublisher({ events, signal }: PublisherDeps): Publisher {
  const publish = (job: JobNow, end?: string) => {
    const entry = { type: 'state', version: job.version, data: JSON.stringify(toStateEvent(job)) } as const;
    void events.appendAndSignal(job, entry, isFinal(job.state) ? { kind: 'change', end } : { kind: 'unfinished' });
  };
  return {
    publish: (job) => publish(job),
    publishFinished: (job) => publish(job, isFinal(job.state) ? renderEnd(job) : undefined),
    publishProgress(job) {
      const data = JSON.stringify(toProgressEvent(job));
      void events.append(job, [{ type: 'progress', version: job.version, data }]).then((followed) => {
        if (followed) signal(job.jobId, { kind: 'more' });
      });
    },
  };
}
