export * as schema from './tables.ts';
export { arrayType, columnNames, jsonColumns, selectColumns } from './job-columns.ts';
export { jobNow } from './job-now.ts';
export type { JobNow } from './job-now.ts';
export { toJobRow } from './job-row.ts';
export type { FrozenJob, JobRow } from './job-row.ts';
