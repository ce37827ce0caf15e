import type { Sql } from 'postgres';
import { type JobColumn, selectColumns } from './job-columns.ts';
import type { JobRow } from './job-row.ts';

const columns = [
  'tenantId',
  'state',
  'run',
  'tries',
  'version',
  'error',
  'progressPercent',
  'progressMessage',
] as const satisfies JobColumn[];

const selected = { j: selectColumns(columns, 'j'), changed: selectColumns(columns, 'changed') };

/** A job right after a change of its state: all that its subscribers are sent. */
export type JobNow = { jobId: string } & Pick<JobRow, (typeof columns)[number]>;

/** Selects the columns of a JobNow. */
export function jobNow(sql: Sql, from: 'j' | 'changed') {
  return sql.unsafe(`${from}.id AS "jobId", ${selected[from]}`);
}
