import { Problem, type RetryFilter } from '@turno/contract';
import type { JobFilter } from '@turno/postgres';

type Given = { [K in keyof JobFilter]?: JobFilter[K] | undefined };

/**
 * Builds the filter of a list or a bulk retry; a field that is left out matches all.
 * Throws `invalid-request` for `q` without search.
 */
export function toJobFilter(
  given: Given | RetryFilter,
  { tenantId, search }: { tenantId: string; search: boolean },
): JobFilter {
  if (given.q !== undefined && !search) throw searchIsOff();
  return {
    tenantId,
    state: given.state ?? null,
    kind: given.kind ?? null,
    tag: given.tag ?? null,
    createdAfter: given.createdAfter ?? null,
    createdBefore: given.createdBefore ?? null,
    q: given.q ?? null,
  };
}

function searchIsOff(): Problem {
  const detail = 'is not available, since jobs are not indexed for search here; the other filters work';
  return new Problem('invalid-request', { detail: `q ${detail}`, errors: [{ pointer: '/q', detail }] });
}
