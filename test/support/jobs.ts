import { randomUUID } from 'node:crypto';
import type { Job } from '@turno/contract';
import { expect } from 'vitest';
import { eventually } from './eventually.ts';
import type { Turno } from './apps/start-turno.ts';

/** An API, with a worker or without. */
type Requests = Pick<Turno, 'request'>;

/**
 * Longer than any attempt takes on a slow machine, where the start of a CPU child may need the shipped minute. A test
 * of timeouts gives its own.
 */
export const longTimeout = { timeoutSeconds: 600 };

/** Submits a job and expects it to be accepted. Like a client, repeats it with its key while Postgres is slow. */
export async function submit(turno: Requests, kind: string, input: unknown, given: object = {}): Promise<Job> {
  const options = { ...longTimeout, ...given };
  const headers = { 'idempotency-key': randomUUID() };
  const response = await turno.request('/v1/jobs', { body: { kind, input, options }, headers });
  const body = (await response.json()) as Job;
  const isReplay = response.headers.has('idempotency-replayed');
  if (!isReplay) expect(response.status, JSON.stringify(body)).toBe(202);
  return body;
}

export async function show(turno: Requests, { id }: Pick<Job, 'id'>): Promise<Job> {
  return (await (await turno.request(`/v1/jobs/${id}`)).json()) as Job;
}

/** The job as it is when it has come to its end. */
export async function final(turno: Requests, job: Pick<Job, 'id'>, withinMs = 120_000): Promise<Job> {
  return eventually(
    async () => {
      const seen = await show(turno, job);
      if (!['completed', 'failed', 'cancelled'].includes(seen.state)) throw new Error(`still ${seen.state}`);
      return seen;
    },
    { withinMs },
  );
}

/** Submits a job and waits for its end. */
export async function run(turno: Requests, kind: string, input: unknown, options: object = {}): Promise<Job> {
  return final(turno, await submit(turno, kind, input, options));
}

/** The output itself, also when it is too large for the job's body. */
export async function outputOf<T>(turno: Requests, { id }: Pick<Job, 'id'>): Promise<T> {
  const response = await turno.request(`/v1/jobs/${id}/output`);
  expect(response.status).toBe(200);
  return (await response.json()) as T;
}

/** The job once it is in this state. */
export async function reach(turno: Requests, job: Pick<Job, 'id'>, state: Job['state']): Promise<Job> {
  return eventually(async () => {
    const seen = await show(turno, job);
    if (seen.state !== state) throw new Error(`${seen.state}, not ${state}`);
    return seen;
  });
}
