import {
  withStatementTimeout,
  type JobFilter,
  type JobPosition,
  listJobs,
  type ListOptions,
  type Postgres,
  readJobs,
} from '@turno/postgres';
import { type JobView, renderJob } from './job-view.ts';

export interface ListDeps {
  sql: Postgres['sql'];
  retentionDays: number;
  /** Words are gathered here. */
  search: boolean;
}

export interface ListedJobs {
  views: JobView[];
  /** Where the next page begins; undefined when there is none. */
  next: JobPosition | undefined;
}

export interface JobList {
  search: boolean;
  /** A page, newest first, as Postgres holds it now. */
  list(filter: JobFilter, options: Omit<ListOptions, 'search'>): Promise<ListedJobs>;
}

/** A list that Postgres has not answered by then is answered 503. */
const listTimeoutMs = 5_000;

/** Lists jobs past all caches. */
export function createJobList({ sql, retentionDays, search }: ListDeps): JobList {
  async function list(filter: JobFilter, options: Omit<ListOptions, 'search'>): Promise<ListedJobs> {
    const { jobs, next } = await listJobs(sql, filter, { ...options, search });
    const keys = jobs.map(({ jobId }) => ({ jobId, tenantId: filter.tenantId }));
    const rows = keys.length === 0 ? [] : await readJobs(sql, keys);
    const found = rows.filter((row) => row !== undefined); // one may have been erased meanwhile
    return { views: found.map((row) => renderJob(row, retentionDays)), next };
  }
  return { search, list: (filter, options) => withStatementTimeout(listTimeoutMs, list(filter, options)) };
}
