import { index, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { bytea, key, time } from './column-types.ts';

/** An `Idempotency-Key` and the jobs that its request made, so that a repeat makes none. */
export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    tenantId: key('tenant_id').notNull(),
    key: key('key').notNull(),
    /** SHA-256 of method, path and body. */
    requestSha256: bytea('request_sha256').notNull(),
    jobIds: text('job_ids').array().notNull(),
    createdAt: time('created_at').notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ name: 'idempotency_keys_pkey', columns: [table.tenantId, table.key] }),
    index('idempotency_keys_created').on(table.createdAt),
  ],
);

/** The job whose result answers a piece of identical work: requests for the same work reuse it. */
export const reusableResults = pgTable(
  'reusable_results',
  {
    tenantId: key('tenant_id').notNull(),
    /** SHA-256 of kind, version and input. */
    workSha256: bytea('work_sha256').notNull(),
    /** The latest job made for the work. */
    jobId: key('job_id').notNull(),
    /** The last job before it that completed. */
    earlierJobId: key('earlier_job_id'),
    createdAt: time('created_at').notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ name: 'reusable_results_pkey', columns: [table.tenantId, table.workSha256] }),
    index('reusable_results_created').on(table.createdAt),
  ],
);
