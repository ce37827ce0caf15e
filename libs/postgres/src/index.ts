export { isConnectionError } from './connection-error.ts';
export { migrateDatabase } from './migrate.ts';
export { openPostgres } from './open-postgres.ts';
export type { Postgres, PostgresOptions } from './open-postgres.ts';
