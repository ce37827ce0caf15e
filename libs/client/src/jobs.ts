import type { Job, JobList, JobWebhook, ListQuery, RetryFilter, SubmitOptions } from '@turno/contract';
import { type EventsOptions, followJob, type JobEvent } from './follow-job.ts';
import { readPages } from './read-pages.ts';
import { repeatSubmit } from './repeat-submit.ts';
import { pathOf, type Requests } from './request.ts';
import { waitForJob, type WaitOptions } from './wait-for-job.ts';

type SentOptions = Partial<Omit<SubmitOptions, 'webhook'>> & {
  /** Told when the job ends; of all ends when no events are named. */
  webhook?: Pick<JobWebhook, 'url'> & Partial<JobWebhook>;
};

export type JobOptions = SentOptions & {
  /** Makes this submit and any other with the same key and content one. One is made for each call when left out. */
  idempotencyKey?: string;
};

export type ListOptions = Omit<ListQuery, 'limit'> & { limit?: number };

/** One job of a batch. */
export interface BatchJob {
  kind: string;
  input: unknown;
  options?: SentOptions;
}

export interface Jobs {
  /**
   * Resolves as soon as the job is durable; it has not run yet. Repeats what was not answered, and is accepted once. Refused with
   * `unknown-kind`, `invalid-request` (its `errors` name every fault), `too-many-jobs-waiting`, `backlog-full`.
   */
  submit(kind: string, input: unknown, options?: JobOptions): Promise<Job>;
  /** Up to 1,000 jobs, all accepted or none, in the order given. Repeats and is refused as `submit`, an unknown kind as a fault. */
  submitBatch(jobs: readonly BatchJob[], options?: { idempotencyKey?: string }): Promise<Job[]>;
  /** The job as it is now. Refused with `job-not-found`, as all that follows with an id. */
  get(id: string): Promise<Job>;
  /** What the handler gets, whole: a job shows its input only up to 16 KiB. */
  input(id: string): Promise<unknown>;
  /** What the handler returned, however large. Refused with `job-not-completed`, whose `problem` has the job's error when it failed. */
  output(id: string): Promise<unknown>;
  /** A page of jobs, newest first. Go on with `cursor: nextCursor` until that is null, also after a short or empty page. */
  list(filter?: ListOptions): Promise<JobList>;
  /** All jobs of the filter, newest first, page by page as they are asked for. Those that come meanwhile are not among them. */
  listAll(filter?: ListOptions): AsyncIterable<Job>;
  /** Resolves with the job once it is final, completed or not. Lives through answers of 429 and 503. */
  wait(id: string, options?: WaitOptions): Promise<Job>;
  /** All that happens to the job from now on, its log lines too, until it is final. Reconnects by itself. */
  events(id: string, options?: EventsOptions): AsyncIterable<JobEvent>;
  /** Resolves with the job, cancelled and final. Refused with `job-already-final`, or `forbidden` for a shared job of another key. */
  cancel(id: string): Promise<Job>;
  /** Runs a failed or cancelled job again: the same id, its next run. Refused with `job-not-retryable`. */
  retry(id: string): Promise<Job>;
  /** Runs all failed jobs of the filter again, of an empty one all there are. Resolves with how many. */
  retryFailed(filter: RetryFilter): Promise<number>;
  /** Erases a final job and all that belongs to it. Refused with `job-not-final`. */
  delete(id: string): Promise<void>;
}

export function createJobs({ send, ask }: Requests): Jobs {
  const list = (filter: ListOptions = {}) => ask<JobList>(pathOf('jobs'), { query: filter });
  const at = (id: string, ...more: string[]) => pathOf('jobs', id, ...more);
  return {
    submit: (kind, input, { idempotencyKey = crypto.randomUUID(), ...options } = {}) => {
      const body = { kind, input, options };
      return repeatSubmit(idempotencyKey, (headers) => ask<Job>(pathOf('jobs'), { method: 'POST', headers, body }));
    },
    submitBatch: async (jobs, { idempotencyKey = crypto.randomUUID() } = {}) => {
      const answered = await repeatSubmit(idempotencyKey, (headers) =>
        ask<{ jobs: Job[] }>(pathOf('jobs', 'batch'), { method: 'POST', headers, body: { jobs } }),
      );
      return answered.jobs;
    },
    get: (id) => ask(at(id)),
    input: (id) => ask(at(id, 'input')),
    output: (id) => ask(at(id, 'output')),
    list,
    listAll: (filter = {}) =>
      readPages(async (cursor) => {
        const { jobs, nextCursor } = await list({ ...filter, ...(cursor !== undefined && { cursor }) });
        return { items: jobs, nextCursor };
      }, filter.cursor),
    wait: (id, options) => waitForJob((call) => ask<Job>(at(id), call), options ?? {}),
    events: (id, options) => followJob((call) => send(at(id, 'events'), call), options ?? {}),
    cancel: (id) => ask(at(id, 'cancel'), { method: 'POST' }),
    retry: (id) => ask(at(id, 'retry'), { method: 'POST' }),
    retryFailed: async (filter) =>
      (await ask<{ count: number }>(pathOf('jobs', 'retry'), { method: 'POST', body: { filter } })).count,
    delete: async (id) => void (await send(at(id), { method: 'DELETE' })),
  };
}
