import type { JobState } from '@turno/contract';
import type { Fragment, Sql } from 'postgres';
import { wantedWords } from '../search/index.ts';

/** A selection of a tenant's jobs; null: any. */
export interface JobFilter {
  tenantId: string;
  state: JobState | null;
  kind: string | null;
  tag: string | null;
  /** RFC 3339: accepted then or later. */
  createdAfter: string | null;
  /** RFC 3339: accepted before. */
  createdBefore: string | null;
  /** Words that a job must have all of. */
  q: string | null;
}

/** A job's place in the order of age. */
export interface JobPosition {
  jobId: string;
  /** In Postgres' own form, in full precision. */
  createdAt: string;
}

/** Returns the condition on `j` that an index of `jobs` serves. The rare final states have an index of their own. */
export function withinReach(sql: Sql, { tenantId, state, createdAfter, createdBefore }: JobFilter): Fragment {
  return sql`j.tenant_id = ${tenantId}
    ${state === 'failed' ? sql`AND j.final_state = 'failed'` : sql``}
    ${state === 'cancelled' ? sql`AND j.final_state = 'cancelled'` : sql``}
    ${createdAfter === null ? sql`` : sql`AND j.created_at >= ${createdAfter}::text::timestamptz`}
    ${createdBefore === null ? sql`` : sql`AND j.created_at < ${createdBefore}::text::timestamptz`}`;
}

/** Returns the condition on `j` that is checked row by row. */
export function matches(sql: Sql, { tenantId, state, kind, tag, q }: JobFilter): Fragment {
  return sql`true
    ${state === null ? sql`` : sql`AND j.state = ${state}`}
    ${kind === null ? sql`` : sql`AND j.kind = ${kind}`}
    ${tag === null ? sql`` : sql`AND ${tag} = ANY (j.tags)`}
    ${q === null ? sql`` : sql`AND (SELECT i.words FROM job_inputs i WHERE i.job_id = j.id) @> ${wantedWords(sql, { tenantId, q, tag: null, kind: null })}`}`;
}

/** Returns the condition on `j` for jobs older than a position. */
export function olderThan(sql: Sql, position: JobPosition | undefined): Fragment {
  if (position === undefined) return sql`true`;
  return sql`(j.created_at, j.id) < (${position.createdAt}::text::timestamptz, ${position.jobId})`;
}
