import type { JobState } from '@turno/contract';
import type { Sql } from 'postgres';
import type { ErrorJson } from './job-row.ts';

/** A job right after a change of its state, as far as whoever follows it is told. */
export interface JobNow {
  jobId: string;
  tenantId: string;
  state: JobState;
  run: number;
  tries: number;
  version: number;
  error: ErrorJson | null;
  progressPercent: number | null;
  progressMessage: string | null;
}

/** The columns of a JobNow. */
export function jobNow(sql: Sql, from: 'j' | 'changed') {
  return sql.unsafe(`${from}.id AS "jobId", ${from}.tenant_id AS "tenantId", ${from}.state, ${from}.run, ${from}.tries,
    ${from}.version, ${from}.error, ${from}.progress_percent AS "progressPercent",
    ${from}.progress_message AS "progressMessage"`);
}
