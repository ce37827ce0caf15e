import { sql } from 'drizzle-orm';
import { check, pgSequence, pgTable, primaryKey } from 'drizzle-orm/pg-core';
import { key, time } from './column-types.ts';

/** Worker processes that are alive: when a lease runs out, the other workers requeue the jobs of its worker. */
export const workers = pgTable('workers', {
  id: key('id').primaryKey(),
  startedAt: time('started_at').notNull().defaultNow(),
  leaseUntil: time('lease_until').notNull(),
  /** Since when every renewal came in time. */
  unbrokenSince: time('unbroken_since').notNull().defaultNow(),
});

/** Queues and kinds that start no new attempts. */
export const pauses = pgTable(
  'pauses',
  {
    scope: key('scope').notNull(),
    name: key('name').notNull(),
    pausedAt: time('paused_at').notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ name: 'pauses_pkey', columns: [table.scope, table.name] }),
    check('pauses_scope_check', sql`scope IN ('queue', 'kind')`),
  ],
);

/** Numbers the epochs of Redis. */
export const dispatchEpochs = pgSequence('dispatch_epochs');
