import { sql } from 'drizzle-orm';
import { bigint, check, date, doublePrecision, index, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
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
    createdAt: time('created_at').notNull().defaultNow(),
  },
  () => [
    check('plans_bucket_capacity_check', sql`bucket_capacity > 0`),
    check('plans_refill_per_second_check', sql`refill_per_second > 0`),
    check('plans_requests_per_month_max_check', sql`requests_per_month_max >= 0`),
    check('plans_jobs_waiting_max_check', sql`jobs_waiting_max > 0`),
    check('plans_payload_bytes_max_check', sql`payload_bytes_max > 0`),
    check('plans_concurrent_runs_max_check', sql`concurrent_runs_max > 0`),
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
