import type { JobState } from '@turno/contract';
import type { Fragment, Sql } from 'postgres';
import { wantedWords } from '../search/index.ts';

/** Which of a tenant's jobs are meant; null means any. */
export interface JobFilter {
  tenantId: string;
  state: JobState | null;
  kind: string | null;
  tag: string | null;
  /** RFC 3339: accepted then or later. */
  createdAfter: string | null;
  /** RFC 3339: accepted before. */
  createdBefore: string | null;
  /** Words that must all be there. */
  q: string | null;
}

/** A place in the order of age. */
export interface JobPosition {
  jobId: string;
  /** As the server prints it, in full precision. */
  createdAt: string;
}

/** What is sought by an index of `jobs`, as a condition on `j`. The final states that few jobs have are an index of their own. */
export function withinReach(sql: Sql, { tenantId, state, createdAfter, createdBefore }: JobFilter): Fragment {
  return sql`j.tenant_id = ${tenantId}
    ${state === 'failed' ? sql`AND j.final_state = 'failed'` : sql``}
    ${state === 'cancelled' ? sql`AND j.final_state = 'cancelled'` : sql``}
    ${createdAfter === null ? sql`` : sql`AND j.created_at >= ${createdAfter}::text::timestamptz`}
    ${createdBefore === null ? sql`` : sql`AND j.created_at < ${createdBefore}::text::timestamptz`}`;
}

/** What is looked at row by row, as a condition on `j`. */
export function matches(sql: Sql, { tenantId, state, kind, tag, q }: JobFilter): Fragment {
  return sql`true
    ${state === null ? sql`` : sql`AND j.state = ${state}`}
    ${kind === null ? sql`` : sql`AND j.kind = ${kind}`}
    ${tag === null ? sql`` : sql`AND ${tag} = ANY (j.tags)`}
    ${q === null ? sql`` : sql`AND (SELECT i.words FROM job_inputs i WHERE i.job_id = j.id) @> ${wantedWords(sql, { tenantId, q, tag: null, kind: null })}`}`;
}

/** Jobs older than this one, as a condition on `j`. */
export function olderThan(sql: Sql, position: JobPosition | undefined): Fragment {
  if (position === undefined) return sql`true`;
  return sql`(j.created_at, j.id) < (${position.createdAt}::text::timestamptz, ${position.jobId})`;
}
