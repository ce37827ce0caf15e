import type { Job, JobList, JobWebhook, ListQuery, SubmitOptions } from '@turno/contract';
import { type EventsOptions, followJob, type JobEvent } from './follow-job.ts';
import { pause, pauseWhenBusy } from './pause.ts';
import { repeatSubmit } from './repeat-submit.ts';
import { createSchedules, type Schedules } from './schedules.ts';
import { TurnoError } from './turno-error.ts';

export interface ClientOptions {
  /** Address of the API, such as `http://127.0.0.1:3000`. */
  url: string;
  key: string;
}

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

export interface WaitOptions {
  signal?: AbortSignal;
  /** Called for every change that a look at the job shows. */
  onChange?(job: Job): void;
  /** Milliseconds between two looks. 0, the default, waits on the server, which tells of new states but not of progress. */
  lookEveryMs?: number;
}

export interface Client {
  /** Resolves as soon as the job is durable; it has not run yet. Repeats what was not answered, and is accepted once. */
  submit(kind: string, input: unknown, options?: JobOptions): Promise<Job>;
  /** Up to 1,000 jobs, all accepted or none, in the order given. Repeats what was not answered, and is accepted once. */
  submitBatch(jobs: readonly BatchJob[], options?: { idempotencyKey?: string }): Promise<Job[]>;
  get(id: string): Promise<Job>;
  /** A page of jobs, newest first. Go on with `cursor: nextCursor` until that is null, also after a short or empty page. */
  list(filter?: ListOptions): Promise<JobList>;
  /** Resolves with the job once it is final, completed or not. Lives through answers of 429 and 503. */
  wait(id: string, options?: WaitOptions): Promise<Job>;
  /** All that happens to the job from now on, its log lines too, until it is final. Reconnects by itself. */
  events(id: string, options?: EventsOptions): AsyncIterable<JobEvent>;
  /** Jobs that come by the clock. */
  schedules: Schedules;
  /** Resolves with the job, cancelled and final. Refused with `job-already-final`. */
  cancel(id: string): Promise<Job>;
  /** Runs a failed or cancelled job again: the same id, its next run. Refused with `job-not-retryable`. */
  retry(id: string): Promise<Job>;
}

type CallOptions = Omit<RequestInit, 'headers'> & { headers?: Record<string, string> };

const waitSeconds = 30;

/** A client of one API with one key. Every refusal is thrown as a `TurnoError`. */
export function createClient({ url, key }: ClientOptions): Client {
  const base = url.replace(/\/+$/, '');
  const headers = { authorization: `Bearer ${key}`, accept: 'application/json' };
  const send = async (path: string, init: CallOptions = {}) => {
    const response = await fetch(base + path, { ...init, headers: { ...headers, ...init.headers } });
    if (!response.ok) throw await refusalOf(response);
    return response;
  };
  const call = async (path: string, init?: CallOptions) => (await (await send(path, init)).json()) as Job;
  return {
    submit: (kind, input, { idempotencyKey = crypto.randomUUID(), ...options } = {}) => {
      const body = JSON.stringify({ kind, input, options });
      return repeatSubmit(idempotencyKey, (own) => call('/v1/jobs', { method: 'POST', headers: own, body }));
    },
    submitBatch: async (jobs, { idempotencyKey = crypto.randomUUID() } = {}) => {
      const body = JSON.stringify({ jobs });
      const answer = await repeatSubmit(idempotencyKey, (own) =>
        send('/v1/jobs/batch', { method: 'POST', headers: own, body }),
      );
      return ((await answer.json()) as { jobs: Job[] }).jobs;
    },
    get: (id) => call(pathOf(id)),
    list: async (filter = {}) => (await (await send(`/v1/jobs?${toQuery(filter)}`)).json()) as JobList,
    wait: (id, options) => waitFor(id, options ?? {}, call),
    events: (id, options) => followJob((init) => send(`${pathOf(id)}/events`, init), options ?? {}),
    schedules: createSchedules(send),
    cancel: (id) => call(`${pathOf(id)}/cancel`, { method: 'POST' }),
    retry: (id) => call(`${pathOf(id)}/retry`, { method: 'POST' }),
  };
}

async function waitFor(
  id: string,
  { signal, onChange, lookEveryMs = 0 }: WaitOptions,
  call: (path: string, init: CallOptions) => Promise<Job>,
): Promise<Job> {
  const headers: Record<string, string> = lookEveryMs > 0 ? {} : { prefer: `wait=${waitSeconds}` };
  let shown = '';
  for (;;) {
    signal?.throwIfAborted();
    const job = await call(pathOf(id), { headers, ...(signal && { signal }) }).catch(pauseWhenBusy);
    if (job && JSON.stringify(job) !== shown) onChange?.(job);
    if (job?.finishedAt) return job;
    if (job) shown = JSON.stringify(job);
    await pause(lookEveryMs);
  }
}

async function refusalOf(response: Response): Promise<TurnoError> {
  const body: unknown = await response.json().catch(() => undefined);
  return new TurnoError(response.status, body, Number(response.headers.get('retry-after')) || undefined);
}

function toQuery(filter: ListOptions): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filter)) if (value !== undefined) query.set(name, String(value));
  return query.toString();
}

function pathOf(id: string): string {
  return `/v1/jobs/${encodeURIComponent(id)}`;
}
