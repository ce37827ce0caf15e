import { sql } from 'drizzle-orm';
import { boolean, check, foreignKey, index, integer, json, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { key, time } from './column-types.ts';
import { tenants } from './tenant-tables.ts';

export const schedules = pgTable(
  'schedules',
  {
    tenantId: key('tenant_id')
      .notNull()
      .references(() => tenants.id, { onDelete: 'cascade' }),
    name: key('name').notNull(),
    cron: text('cron').notNull(),
    timezone: text('timezone').notNull(),
    kind: key('kind').notNull(),
    input: json('input').notNull(),
    options: json('options').$type<object>().notNull(),
    paused: boolean('paused').notNull(),
    missed: key('missed').$type<'skip' | 'catch-up'>().notNull(),
    catchUpMax: integer('catch_up_max').notNull(),
    /** The job as it will be inserted, without the fields that differ from slot to slot. */
    template: json('template').notNull(),
    /** Rises with every put: a process that read an earlier revision makes no job of it. */
    revision: integer('revision').notNull().default(1),
    /** Null while paused, or when the expression has no further time. */
    nextRunAt: time('next_run_at'),
    lastRunAt: time('last_run_at'),
    lastJobId: key('last_job_id'),
    createdAt: time('created_at').notNull().defaultNow(),
    updatedAt: time('updated_at').notNull().defaultNow(),
    /** The last slot that made no job, and the reason. */
    lastSkippedAt: time('last_skipped_at'),
    lastSkippedFor: key('last_skipped_for').$type<'quota-exceeded' | 'too-many-jobs-waiting'>(),
  },
  (table) => [
    primaryKey({ name: 'schedules_pkey', columns: [table.tenantId, table.name] }),
    check('schedules_missed_check', sql`missed IN ('skip', 'catch-up')`),
    check('schedules_catch_up_max_check', sql`catch_up_max > 0`),
    index('schedules_due')
      .on(table.nextRunAt)
      .where(sql`next_run_at IS NOT NULL`),
  ],
);

/** One row per slot, written with the job that the slot made, or with the reason why it made none. */
export const scheduleSlots = pgTable(
  'schedule_slots',
  {
    tenantId: key('tenant_id').notNull(),
    name: key('name').notNull(),
    slot: time('slot').notNull(),
    jobId: key('job_id'),
    /** Why the slot made no job. */
    skipped: key('skipped'),
  },
  (table) => [
    primaryKey({ name: 'schedule_slots_pkey', columns: [table.tenantId, table.name, table.slot] }),
    foreignKey({
      name: 'schedule_slots_schedule_fkey',
      columns: [table.tenantId, table.name],
      foreignColumns: [schedules.tenantId, schedules.name],
    }).onDelete('cascade'),
  ],
);
