import { Problem, type ProblemCode } from '@turno/contract';
import { findKeyHolder, withRequestTimeout, type RequestKey } from '@turno/postgres';
import type { Caller } from '@turno/tenants';
import { replay, type SubmitDeps, type SubmittedJobs } from './commit-submission.ts';

export interface Repeatable<T> {
  key?: RequestKey | undefined;
  /** Why the caller may submit nothing new. */
  refused?: Problem | undefined;
  submit: () => Promise<T>;
  show: (repeat: SubmittedJobs) => T;
}

/** They are of new work, which a repeat is not. A rate limit is not among them: it is of requests, whatever they ask for. */
const ofNewWork: ReadonlySet<ProblemCode> = new Set(['quota-exceeded', 'too-many-jobs-waiting', 'backlog-full']);

/**
 * Submits; what is refused for want of room is answered with the jobs of an earlier request with this key, if one was accepted. Only
 * a refusal costs the look, so that the others stay as cheap as they are.
 */
export async function submitOrReplay<T>(
  deps: SubmitDeps,
  { tenantId }: Pick<Caller, 'tenantId'>,
  { key, refused, submit, show }: Repeatable<T>,
): Promise<T> {
  try {
    if (refused !== undefined) throw refused;
    return await submit();
  } catch (error) {
    if (key === undefined || !(error instanceof Problem && ofNewWork.has(error.code))) throw error;
    const taken = await withRequestTimeout(findKeyHolder(deps.sql, { tenantId, key }));
    if (taken === undefined) throw error;
    return show(await replay(deps, tenantId, taken));
  }
}
