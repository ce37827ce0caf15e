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
  /** Whether jobs are indexed for search. */
  search: boolean;
}

export interface ListedJobs {
  views: JobView[];
  /** The position of the next page; undefined when there is none. */
  next: JobPosition | undefined;
}

export interface JobList {
  search: boolean;
  /** Returns one page, newest first, as Postgres has it now. */
  list(filter: JobFilter, options: Omit<ListOptions, 'search'>): Promise<ListedJobs>;
}

/** The timeout of a list; beyond it the answer is 503. */
const listTimeoutMs = 5_000;

/** Creates the list of jobs, which reads Postgres and no cache. */
export function createJobList({ sql, retentionDays, search }: ListDeps): JobList {
  async function list(filter: JobFilter, options: Omit<ListOptions, 'search'>): Promise<ListedJobs> {
    const { jobs, next } = await listJobs(sql, filter, { ...options, search });
    const keys = jobs.map(({ jobId }) => ({ jobId, tenantId: filter.tenantId }));
    const rows = keys.length === 0 ? [] : await readJobs(sql, keys);
    const found = rows.filter((row) => row !== undefined); // a job may have been erased since it was listed
    return { views: found.map((row) => renderJob(row, retentionDays)), next };
  }
  return { search, list: (filter, options) => withStatementTimeout(listTimeoutMs, list(filter, options)) };
}
