import { createHash } from 'node:crypto';
import { isFinal, Problem, submitOptions, type SubmitOptions, type SubmitRequest } from '@turno/contract';
import { type CatalogueEntry, parseInput } from '@turno/kinds';
import type { FoundReusableResult } from '@turno/postgres';
import type { Caller } from '@turno/tenants';
import { canonicalJson } from './canonical-json.ts';

/** Work that may be done once for all who want the same. */
export interface ReusableWork {
  /** Hexadecimal, of tenant, kind, version and input in canonical form. */
  workSha256: string;
  /** The oldest result that will do. */
  freshSeconds: number;
}

const defaults = canonicalJson(beside(submitOptions.parse({})));

/**
 * The work of a request whose result may be shared, undefined when it wants a run of its own: without `cacheSeconds`, with any other
 * option, or with an input whose result may still change. Throws `invalid-request` for a kind whose results are never shared.
 */
export function reusableWorkOf(
  entry: CatalogueEntry,
  { tenantId }: Caller,
  request: SubmitRequest,
): ReusableWork | undefined {
  const { options } = request;
  if (options.cacheSeconds === null) return undefined;
  const { kind } = entry;
  if (kind.cacheable !== true) {
    const detail = `the results of ${kind.name} are not shared; leave it out`;
    throw new Problem('invalid-request', { errors: [{ pointer: '/options/cacheSeconds', detail }] });
  }
  const input = parseInput(entry, request.input);
  if (canonicalJson(beside(options)) !== defaults || kind.cacheableWhen?.(input) === false) return undefined;
  const canonical = canonicalJson([tenantId, kind.name, kind.version, input]);
  return { workSha256: createHash('sha256').update(canonical).digest('hex'), freshSeconds: options.cacheSeconds };
}

/** What must be as when left out for a job to be shared. A webhook does not stand in the way: it is added to the job's. */
function beside({ cacheSeconds: _fresh, webhook: _told, ...others }: SubmitOptions) {
  return others;
}

/** How a submit came to its job: by a result that was there, by work under way, or by making it. */
export type Sharing = { how: 'hit'; ageSeconds: number } | { how: 'joined' } | { how: 'made' };

export interface Shareable {
  jobId: string;
  sharing: Exclude<Sharing, { how: 'made' }>;
}

/** The job of a memo that a reader can have: a completed one that is fresh, else one under way. Failed and cancelled ones never. */
export function chooseShareable(memo: FoundReusableResult | undefined, freshSeconds: number): Shareable | undefined {
  if (memo === undefined) return undefined;
  for (const { jobId, ageSeconds } of completedOf(memo)) {
    if (ageSeconds <= freshSeconds) return { jobId, sharing: { how: 'hit', ageSeconds } };
  }
  const { jobId, state } = memo;
  const isUnderWay = state !== null && !isFinal(state);
  return isUnderWay ? { jobId, sharing: { how: 'joined' } } : undefined;
}

/** The newest completed job of a memo: what is kept of it when another job takes its place. */
export function keptOf(memo: FoundReusableResult | undefined): string | null {
  return (memo && completedOf(memo)[0]?.jobId) ?? null;
}

function completedOf({
  jobId,
  state,
  ageSeconds,
  earlier,
}: FoundReusableResult): { jobId: string; ageSeconds: number }[] {
  const latest = state === 'completed' && ageSeconds !== null ? [{ jobId, ageSeconds }] : [];
  return [...latest, ...(earlier === null ? [] : [earlier])];
}
