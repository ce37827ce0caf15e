export * from './tenant-tables.ts';
export * from './job-tables.ts';
export * from './submission-tables.ts';
export * from './dispatch-tables.ts';
export * from './file-tables.ts';
export * from './schedule-tables.ts';
export * from './delivery-tables.ts';
