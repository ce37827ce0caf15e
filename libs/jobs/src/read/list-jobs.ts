import { type JobFilter, type JobPosition, listJobs, type ListOptions, readJobs } from '@turno/postgres';
import type { TenantQueries } from '@turno/tenants';
import { type JobView, renderJob } from './job-view.ts';

export interface ListDeps {
  queries: TenantQueries;
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

/** Creates the list of jobs, which reads Postgres and no cache. */
export function createJobList({ queries, retentionDays, search }: ListDeps): JobList {
  return {
    search,
    list: (filter, options) =>
      queries.run(filter.tenantId, async (sql) => {
        const { jobs, next } = await listJobs(sql, filter, { ...options, search });
        const keys = jobs.map(({ jobId }) => ({ jobId, tenantId: filter.tenantId }));
        const rows = keys.length === 0 ? [] : await readJobs(sql, keys);
        const found = rows.filter((row) => row !== undefined); // a job may have been erased since it was listed
        return { views: found.map((row) => renderJob(row, retentionDays)), next };
      }),
  };
}
