export * as schema from './tables.ts';
