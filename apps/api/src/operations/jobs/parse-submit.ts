import { batchJobsMax, Problem, submitRequest, toFaults, type Fault } from '@turno/contract';
import { type JobRequest, parseJobRequest } from '@turno/jobs';
import type { Catalogue } from '@turno/kinds';
import { z } from 'zod';

/** Parses a submit. Throws `unknown-kind`, or `invalid-request` with every fault of the request and of its input. */
export function parseSubmit(catalogue: Catalogue, body: unknown): JobRequest {
  const parsed = submitRequest.safeParse(body);
  if (parsed.success) return parseJobRequest(catalogue, parsed.data);
  throw new Problem('invalid-request', { errors: [...toFaults(parsed.error.issues), ...inputFaults(catalogue, body)] });
}

const batch = z.strictObject({ jobs: z.array(z.unknown()).min(1).max(batchJobsMax) });

/** Parses a batch. Throws `invalid-request` with every fault of every job; an unknown kind is such a fault. */
export function parseBatch(catalogue: Catalogue, body: unknown): JobRequest[] {
  const parsed = batch.safeParse(body);
  if (!parsed.success) throw new Problem('invalid-request', { errors: toFaults(parsed.error.issues) });
  const requests: JobRequest[] = [];
  const errors: Fault[] = [];
  parsed.data.jobs.forEach((job, index) => {
    const one = parseBatchJob(catalogue, job, `/jobs/${index}`);
    if ('entry' in one) requests.push(one);
    else errors.push(...one);
  });
  if (errors.length > 0) throw new Problem('invalid-request', { errors });
  return requests;
}

function parseBatchJob(catalogue: Catalogue, job: unknown, base: string): JobRequest | Fault[] {
  const envelope = submitRequest.safeParse(job);
  if (!envelope.success) return [...toFaults(envelope.error.issues, base), ...inputFaults(catalogue, job, base)];
  const { kind, input, options } = envelope.data;
  const entry = catalogue.get(kind);
  const parsed = entry?.kind.input.safeParse(input);
  const faults = [
    ...(options.cacheSeconds === null ? [] : [reuseFault(base)]),
    ...(entry === undefined ? [kindFault(base)] : []),
    ...(parsed?.error === undefined ? [] : toFaults(parsed.error.issues, `${base}/input`)),
  ];
  return entry === undefined || faults.length > 0 ? faults : { entry, input: parsed?.data, options };
}

/** The jobs of a batch are made together or not at all, so that none of them can be a job that exists already. */
function reuseFault(base: string): Fault {
  return { pointer: `${base}/options/cacheSeconds`, detail: 'cannot be used in a batch' };
}

function kindFault(base: string): Fault {
  return { pointer: `${base}/kind`, detail: 'is no kind of work; GET /v1/kinds lists them' };
}

/** Returns the faults of the input of a request that has others, so that a client learns of all at once. */
function inputFaults(catalogue: Catalogue, body: unknown, base = ''): Fault[] {
  if (typeof body !== 'object' || body === null || !('kind' in body)) return [];
  const entry = catalogue.get(String(body.kind));
  const parsed = entry?.kind.input.safeParse('input' in body ? body.input : undefined);
  return parsed?.error ? toFaults(parsed.error.issues, `${base}/input`) : [];
}
