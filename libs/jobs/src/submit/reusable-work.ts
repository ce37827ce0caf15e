import { createHash } from 'node:crypto';
import { submitOptions, type SubmitOptions } from '@turno/contract';
import { canonicalJson } from './canonical-json.ts';
import type { JobRequest } from './job-request.ts';

/** Work whose result all submits of a tenant with the same input can use. */
export interface ReusableWork {
  /** Hexadecimal, of tenant, kind, version and input in canonical form. */
  workSha256: string;
  /** The greatest age at which a result can be reused. */
  freshSeconds: number;
}

const defaults = canonicalJson(significant(submitOptions.parse({})));

/**
 * Returns the work of a request whose result can be shared.
 * Undefined when the request needs a run of its own: without `cacheSeconds`, with any other option, or with an input
 * whose result may still change.
 */
export function reusableWorkOf(
  { entry: { kind }, input, options }: JobRequest,
  tenantId: string,
): ReusableWork | undefined {
  if (options.cacheSeconds === null) return undefined;
  if (canonicalJson(significant(options)) !== defaults || kind.cacheableWhen?.(input) === false) return undefined;
  const canonical = canonicalJson([tenantId, kind.name, kind.version, input]);
  return { workSha256: createHash('sha256').update(canonical).digest('hex'), freshSeconds: options.cacheSeconds };
}

/**
 * Returns the options that forbid sharing unless they have their defaults.
 * A webhook is no such option: it is added to the job's.
 */
function significant({ cacheSeconds: _fresh, webhook: _added, ...others }: SubmitOptions) {
  return others;
}
