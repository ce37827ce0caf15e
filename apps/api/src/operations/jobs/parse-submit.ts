import {
  batchJobsMax,
  type BoundedParser,
  boundedParser,
  type Fault,
  faultList,
  type FaultList,
  joinFaults,
  parseBounded,
  Problem,
  submitRequest,
} from '@turno/contract';
import { type JobRequest, parseJobRequest } from '@turno/jobs';
import type { Catalogue } from '@turno/kinds';
import { mapInSlices } from '@turno/runtime';
import { z } from 'zod';

/** Parses a submit. Throws `unknown-kind`, or `invalid-request` with every fault of the request and of its input. */
export function parseSubmit(catalogue: Catalogue, body: unknown): JobRequest {
  const parse = boundedParser(body);
  const parsed = parse(submitRequest, body);
  if (parsed.success) return parseJobRequest(catalogue, parsed.data);
  throw new Problem('invalid-request', { errors: joinFaults(parsed.faults, inputFaults(catalogue, parse, { body })) });
}

const batch = z.strictObject({ jobs: z.array(z.unknown()).min(1).max(batchJobsMax) });

/**
 * Parses a batch, in slices of time. Throws `invalid-request` with the faults of every job; an unknown kind is such a
 * fault.
 */
export async function parseBatch(catalogue: Catalogue, body: unknown): Promise<JobRequest[]> {
  const parsed = parseBounded(batch, body);
  if (!parsed.success) throw new Problem('invalid-request', { errors: parsed.faults });
  const parse = boundedParser(body);
  const requests: JobRequest[] = [];
  const faulty: FaultList[] = [];
  const all = await mapInSlices(parsed.data.jobs, (job, index) =>
    parseBatchJob(catalogue, parse, { body: job, base: `/jobs/${index}` }),
  );
  for (const one of all) {
    if ('entry' in one) requests.push(one);
    else faulty.push(one);
  }
  if (faulty.length > 0) throw new Problem('invalid-request', { errors: joinFaults(...faulty) });
  return requests;
}

/** A job of a request; `base` is its JSON pointer there. */
interface Part {
  body: unknown;
  base?: string;
}

function parseBatchJob(catalogue: Catalogue, parse: BoundedParser, part: Required<Part>): JobRequest | FaultList {
  const { body, base } = part;
  const envelope = parse(submitRequest, body, base);
  if (!envelope.success) return joinFaults(envelope.faults, inputFaults(catalogue, parse, part));
  const { kind, input, options } = envelope.data;
  const entry = catalogue.get(kind);
  const parsed = entry && parse(entry.kind.input, input, `${base}/input`);
  const own = [
    ...(options.cacheSeconds === null ? [] : [reuseFault(base)]),
    ...(entry === undefined ? [kindFault(base)] : []),
  ];
  const faults = joinFaults(faultList(own), ...(parsed?.success === false ? [parsed.faults] : []));
  if (entry === undefined || !parsed?.success || faults.count > 0) return faults;
  return { entry, input: parsed.data, options };
}

/** The jobs of a batch are made together or not at all, so that none of them can be a job that exists already. */
function reuseFault(base: string): Fault {
  return { pointer: `${base}/options/cacheSeconds`, detail: 'cannot be used in a batch' };
}

function kindFault(base: string): Fault {
  return { pointer: `${base}/kind`, detail: 'is no kind of work; GET /v1/kinds lists them' };
}

/** Returns the faults of the input of a request that has others, so that a client learns of all at once. */
function inputFaults(catalogue: Catalogue, parse: BoundedParser, { body, base = '' }: Part): FaultList {
  const none = faultList([]);
  if (typeof body !== 'object' || body === null || !('kind' in body)) return none;
  const entry = catalogue.get(String(body.kind));
  const parsed = entry && parse(entry.kind.input, 'input' in body ? body.input : undefined, `${base}/input`);
  return parsed?.success === false ? parsed.faults : none;
}
