import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  check,
  date,
  doublePrecision,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
} from 'drizzle-orm/pg-core';
import { bytea, key, time } from './column-types.ts';

/** Limits of a tenant; null: no limit. */
export const plans = pgTable(
  'plans',
  {
    name: key('name').primaryKey(),
    bucketCapacity: integer('bucket_capacity'),
    refillPerSecond: doublePrecision('refill_per_second'),
    requestsPerMonthMax: bigint('requests_per_month_max', { mode: 'number' }),
    jobsWaitingMax: integer('jobs_waiting_max'),
    payloadBytesMax: integer('payload_bytes_max'),
    concurrentRunsMax: integer('concurrent_runs_max'),
    /** Bytes of files, those included that an address for an upload promises. */
    storageBytesMax: bigint('storage_bytes_max', { mode: 'number' }).default(10 * 1024 ** 3),
    createdAt: time('created_at').notNull().defaultNow(),
  },
  () => [
    check('plans_bucket_capacity_check', sql`bucket_capacity > 0`),
    check('plans_refill_per_second_check', sql`refill_per_second > 0`),
    check('plans_requests_per_month_max_check', sql`requests_per_month_max >= 0`),
    check('plans_jobs_waiting_max_check', sql`jobs_waiting_max > 0`),
    check('plans_payload_bytes_max_check', sql`payload_bytes_max > 0`),
    check('plans_concurrent_runs_max_check', sql`concurrent_runs_max > 0`),
    check('plans_storage_bytes_max_check', sql`storage_bytes_max > 0`),
    check('plans_check', sql`(bucket_capacity IS NULL) = (refill_per_second IS NULL)`),
  ],
);

export const tenants = pgTable('tenants', {
  id: key('id').primaryKey(),
  name: text('name').notNull(),
  createdAt: time('created_at').notNull().defaultNow(),
  plan: key('plan')
    .notNull()
    .default('unlimited')
    .references(() => plans.name),
  /** From then on none of the tenant's keys is valid. */
  disabledAt: time('disabled_at'),
  /** From then on the tenant stays disabled, and its jobs are cancelled. */
  deletedAt: time('deleted_at'),
});

/** Deleted tenants whose jobs are not all cancelled yet, each with the place up to which its jobs were visited. */
export const tenantDeletions = pgTable('tenant_deletions', {
  tenantId: key('tenant_id').primaryKey(),
  /** No step is made before. */
  dueAt: time('due_at').notNull().defaultNow(),
  afterCreatedAt: time('after_created_at')
    .notNull()
    .default(sql`'-infinity'`),
  afterId: key('after_id').notNull().default(''),
  /** The second visit finds jobs that requests of the first minute committed. */
  isSecond: boolean('is_second').notNull().default(false),
});

export const apiKeys = pgTable(
  'api_keys',
  {
    id: key('id').primaryKey(),
    tenantId: key('tenant_id')
      .notNull()
      .references(() => tenants.id),
    secretSha256: bytea('secret_sha256').notNull(),
    scopes: text('scopes').array().notNull(),
    createdAt: time('created_at').notNull().defaultNow(),
    name: text('name').notNull().default(''),
    expiresAt: time('expires_at'),
    revokedAt: time('revoked_at'),
    /** Coarse: written behind, at most once a minute. */
    lastUsedAt: time('last_used_at'),
  },
  (table) => [index('api_keys_by_tenant').on(table.tenantId)],
);

/** Requests with a valid key, by calendar month (UTC). */
export const monthlyUsage = pgTable(
  'monthly_usage',
  {
    tenantId: key('tenant_id').notNull(),
    month: date('month', { mode: 'string' }).notNull(),
    requests: bigint('requests', { mode: 'number' }).notNull(),
  },
  (table) => [primaryKey({ name: 'monthly_usage_pkey', columns: [table.tenantId, table.month] })],
);

/** The sum of `files.bytes` of each tenant; every statement that adds, deletes or drops such a row changes it too. */
export const tenantStorage = pgTable('tenant_storage', {
  tenantId: key('tenant_id').primaryKey(),
  /** Of files that are not deleted: those whose bytes are stored, and those that an address promises. */
  bytes: bigint('bytes', { mode: 'number' }).notNull(),
  /** Of deleted files whose bytes are not erased yet, or may still arrive. */
  deletedBytes: bigint('deleted_bytes', { mode: 'number' }).notNull(),
});
