import type { Job } from '@turno/contract';

/** Below the 20 kB that the contract promises to receivers. */
const bodyBytesMax = 19_500;

export interface DeliveredEvent {
  type: string;
  /** RFC 3339: the time of the event, the same on every try. */
  timestamp: string;
  /** The job's JSON. */
  job: string;
}

/**
 * Renders the body of a delivery, with less of the job if the whole is too large.
 * First `input` and `output` become null, the larger first, as they do in the job's own JSON; the receiver fetches
 * them by their links. Then the earlier attempts, the metadata and the tags are left out.
 */
export function eventBody({ type, timestamp, job }: DeliveredEvent): string {
  const whole = bodyOf({ type, timestamp, job });
  if (fits(whole)) return whole;
  const parsed = JSON.parse(job) as Job;
  for (const thinner of thinned(parsed)) {
    const body = bodyOf({ type, timestamp, job: JSON.stringify(thinner) });
    if (fits(body)) return body;
  }
  throw new Error(`the event of ${parsed.id} cannot be made to fit`);
}

function* thinned(job: Job): Generator<Job> {
  const outputIsLarger = sizeOf(job.output) >= sizeOf(job.input);
  yield { ...job, ...(outputIsLarger ? { output: null } : { input: null }) };
  let left: Job = { ...job, input: null, output: null };
  yield left;
  for (const attempts of [job.attempts.slice(-5), []]) yield (left = { ...left, attempts });
  yield (left = { ...left, metadata: {} });
  yield { ...left, tags: [], progress: null };
}

function bodyOf({ type, timestamp, job }: DeliveredEvent): string {
  return `${JSON.stringify({ type, timestamp }).slice(0, -1)},"data":${job}}`;
}

function fits(body: string): boolean {
  return Buffer.byteLength(body) <= bodyBytesMax;
}

function sizeOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value) ?? '');
}
