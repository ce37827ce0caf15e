export { ForeignMigrationsError } from './foreign-migrations-error.ts';
export { migrateDatabase } from './migrate.ts';
