import type { Job, JobList, JobWebhook, ListQuery, RetryFilter, SubmitOptions } from '@turno/contract';
import { type EventsOptions, followJob, type JobEvent } from './follow-job.ts';
import { readPages } from './read-pages.ts';
import { repeatSubmit } from './repeat-submit.ts';
import { pathOf, type Requests } from './request.ts';
import { waitForJob, type WaitOptions } from './wait-for-job.ts';

type SentOptions = Partial<Omit<SubmitOptions, 'webhook'>> & {
  /** The receiver of the events of this job, by default of all events. */
  webhook?: Pick<JobWebhook, 'url'> & Partial<JobWebhook>;
};

export type JobOptions = SentOptions & {
  /** Repeats with the same key and content create no second job. Each call has a random key by default. */
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
   * Submits a job. Resolves once the job is durable, before it runs. Repeats a request without an answer; the job is
   * created once. Throws `unknown-kind`, `invalid-request` (its `errors` name every fault), `too-many-jobs-waiting` or
   * `backlog-full`.
   */
  submit(kind: string, input: unknown, options?: JobOptions): Promise<Job>;
  /**
   * Submits up to 1,000 jobs, all or none. Repeats and throws as `submit` does; an unknown kind is a fault in `errors`.
   */
  submitBatch(jobs: readonly BatchJob[], options?: { idempotencyKey?: string }): Promise<Job[]>;
  /** Reads a job. An unknown id throws `job-not-found`, here and in all calls with an id. */
  get(id: string): Promise<Job>;
  /** Reads the whole input. The job itself contains inputs up to 16 KiB only. */
  input(id: string): Promise<unknown>;
  /** Reads the whole output. Throws `job-not-completed`; its `problem` has the error of a failed job. */
  output(id: string): Promise<unknown>;
  /** Reads one page, newest first. A page may be short or empty; only `nextCursor: null` marks the last page. */
  list(filter?: ListOptions): Promise<JobList>;
  /**
   * Yields all jobs that match, newest first, without jobs that are submitted meanwhile. Reads a page when it is
   * needed.
   */
  listAll(filter?: ListOptions): AsyncIterable<Job>;
  /** Resolves with the job once it is final, completed or not. Waits through answers of 429 and 503. */
  wait(id: string, options?: WaitOptions): Promise<Job>;
  /**
   * Yields all events of the job from now on, log lines too, until the job is final. Reconnects after an interruption.
   */
  events(id: string, options?: EventsOptions): AsyncIterable<JobEvent>;
  /**
   * Cancels a job; the returned job is final. Throws `job-already-final`, or `forbidden` for a shared job of another
   * key.
   */
  cancel(id: string): Promise<Job>;
  /** Starts the next run of a failed or cancelled job, under the same id. Throws `job-not-retryable`. */
  retry(id: string): Promise<Job>;
  /** Retries all failed jobs that match the filter; an empty filter matches all. Returns their number. */
  retryFailed(filter?: RetryFilter): Promise<number>;
  /** Erases a final job and all its data. Throws `job-not-final`. */
  delete(id: string): Promise<void>;
}

/** The jobs of one tenant, for the operator. */
export type TenantJobs = Pick<
  Jobs,
  'get' | 'input' | 'output' | 'list' | 'listAll' | 'wait' | 'cancel' | 'retry' | 'retryFailed'
>;

export function createJobs({ send, fetchJson }: Requests): Jobs {
  const at = (...more: string[]) => pathOf('jobs', ...more);
  return {
    ...createTenantJobs({ fetchJson }, at),
    submit: (kind, input, { idempotencyKey = crypto.randomUUID(), ...options } = {}) => {
      const body = { kind, input, options };
      return repeatSubmit(idempotencyKey, (headers) => fetchJson<Job>(at(), { method: 'POST', headers, body }));
    },
    submitBatch: async (jobs, { idempotencyKey = crypto.randomUUID() } = {}) => {
      const answered = await repeatSubmit(idempotencyKey, (headers) =>
        fetchJson<{ jobs: Job[] }>(at('batch'), { method: 'POST', headers, body: { jobs } }),
      );
      return answered.jobs;
    },
    events: (id, options) => followJob((call) => send(at(id, 'events'), call), options ?? {}),
    delete: async (id) => void (await send(at(id), { method: 'DELETE' })),
  };
}

/** Creates the calls that an operator has for the jobs of any tenant. `at` builds their paths. */
export function createTenantJobs(
  { fetchJson }: Pick<Requests, 'fetchJson'>,
  at: (...more: string[]) => string,
): TenantJobs {
  const list = (filter: ListOptions = {}) => fetchJson<JobList>(at(), { query: filter });
  return {
    get: (id) => fetchJson(at(id)),
    input: (id) => fetchJson(at(id, 'input')),
    output: (id) => fetchJson(at(id, 'output')),
    list,
    listAll: (filter = {}) =>
      readPages(async (cursor) => {
        const { jobs, nextCursor } = await list({ ...filter, ...(cursor !== undefined && { cursor }) });
        return { items: jobs, nextCursor };
      }, filter.cursor),
    wait: (id, options) => waitForJob((call) => fetchJson<Job>(at(id), call), options ?? {}),
    cancel: (id) => fetchJson(at(id, 'cancel'), { method: 'POST' }),
    retry: (id) => fetchJson(at(id, 'retry'), { method: 'POST' }),
    retryFailed: async (filter = {}) =>
      (await fetchJson<{ count: number }>(at('retry'), { method: 'POST', body: { filter } })).count,
  };
}
