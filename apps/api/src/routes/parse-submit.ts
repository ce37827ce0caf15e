import { batchJobsMax, Problem, submitRequest, toFaults, type Fault, type SubmitRequest } from '@turno/contract';
import type { Catalogue } from '@turno/kinds';
import { z } from 'zod';

/**
 * Parses the envelope of a submit. When it has faults, those of the input are looked up as well, so that a client hears of
 * all of them at once; the input of a good envelope is parsed where the job is made.
 */
export function parseSubmit(catalogue: Catalogue, body: unknown): SubmitRequest {
  const parsed = submitRequest.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new Problem('invalid-request', { errors: [...toFaults(parsed.error.issues), ...inputFaults(catalogue, body)] });
}

const batch = z.strictObject({ jobs: z.array(z.unknown()).min(1).max(batchJobsMax) });

/** Parses a batch with all its inputs. Throws `invalid-request` with every fault of every job, kinds that are not known among them. */
export function parseBatch(catalogue: Catalogue, body: unknown): SubmitRequest[] {
  const parsed = batch.safeParse(body);
  if (!parsed.success) throw new Problem('invalid-request', { errors: toFaults(parsed.error.issues) });
  const requests: SubmitRequest[] = [];
  const errors = parsed.data.jobs.flatMap((job, index) => {
    const base = `/jobs/${index}`;
    const envelope = submitRequest.safeParse(job);
    if (envelope.success) requests.push(envelope.data);
    return [
      ...(envelope.success ? ownRunFaults(envelope.data, base) : toFaults(envelope.error.issues, base)),
      ...(envelope.success && !catalogue.has(envelope.data.kind)
        ? [{ pointer: `${base}/kind`, detail: 'is no kind of work; GET /v1/kinds lists them' }]
        : inputFaults(catalogue, job, base)),
    ];
  });
  if (errors.length > 0) throw new Problem('invalid-request', { errors });
  return requests;
}

/** The jobs of a batch are made together or not at all, so none of them can be one that is there already. */
function ownRunFaults({ options }: SubmitRequest, base: string): Fault[] {
  if (options.cacheSeconds === null) return [];
  return [{ pointer: `${base}/options/cacheSeconds`, detail: 'cannot be used in a batch' }];
}

function inputFaults(catalogue: Catalogue, body: unknown, base = ''): Fault[] {
  if (typeof body !== 'object' || body === null || !('kind' in body)) return [];
  const entry = catalogue.get(String(body.kind));
  const parsed = entry?.kind.input.safeParse('input' in body ? body.input : undefined);
  return parsed?.error ? toFaults(parsed.error.issues, `${base}/input`) : [];
}
