export { migrateDatabase } from './migrate.ts';
