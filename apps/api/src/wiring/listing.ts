import { createJobList } from '@turno/jobs';
import type { Postgres } from '@turno/postgres';
import type { AppDeps } from '../app.ts';
import type { Config } from '../config.ts';

/** What lists jobs and schedules, past all caches. */
export function openListing(settings: Config, sql: Postgres['sql']): Pick<AppDeps, 'list' | 'schedules'> {
  return {
    list: createJobList({ sql, retentionDays: settings.RETENTION_DAYS, search: settings.SEARCH }),
    schedules: { sql, schedulesMax: settings.SCHEDULES_PER_TENANT_MAX },
  };
}
