import { jobs } from './tables.ts';

export type JobColumn = keyof typeof jobs.$inferSelect;

/**
 * Renders columns of `jobs` for a SELECT or RETURNING, each under its name in TypeScript: `j.tenant_id AS "tenantId"`.
 */
export function selectColumns(columns: readonly JobColumn[], from: string): string {
  return columns.map((column) => `${from}.${jobs[column].name} AS "${column}"`).join(', ');
}

/** Renders columns of `jobs` as arguments of json_build_object; times become text, in Postgres' own form. */
export function jsonColumns(columns: readonly JobColumn[], from: string): string {
  return columns
    .map((column) => {
      const isTime = jobs[column].dataType === 'string' && jobs[column].getSQLType().startsWith('timestamp');
      return `'${column}', ${from}.${jobs[column].name}${isTime ? '::text' : ''}`;
    })
    .join(', ');
}

/** The names of columns in SQL, as a list. */
export function columnNames(columns: readonly JobColumn[]): string {
  return columns.map((column) => jobs[column].name).join(', ');
}

/** The type of array in which the values of a column travel to `unnest`. */
export function arrayType(column: JobColumn): 'text[]' | 'int[]' {
  return jobs[column].dataType === 'number' ? 'int[]' : 'text[]';
}
