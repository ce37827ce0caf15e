import { sql } from 'drizzle-orm';
import { bigint, boolean, check, index, integer, pgTable, text } from 'drizzle-orm/pg-core';
import { key, time } from './column-types.ts';

/** Files whose bytes are stored outside the database. */
export const files = pgTable(
  'files',
  {
    id: key('id').primaryKey(),
    tenantId: key('tenant_id').notNull(),
    objectKey: key('object_key').notNull(),
    state: text('state').$type<'pending' | 'ready' | 'deleted'>().notNull(),
    name: text('name'),
    contentType: text('content_type').notNull(),
    bytes: bigint('bytes', { mode: 'number' }).notNull(),
    sha256: text('sha256'),
    createdAt: time('created_at').notNull().defaultNow(),
    /** Infinity on a file of a completed job: the statement that finishes the job links it. */
    expiresAt: time('expires_at').notNull(),
    /** The attempt that made the file, by its job and ticket; null for an upload. */
    jobId: key('job_id'),
    ticket: integer('ticket'),
    /** The file is the whole output of its job. */
    isOutput: boolean('is_output').notNull().default(false),
  },
  (table) => [
    check('files_state_check', sql`state IN ('pending', 'ready', 'deleted')`),
    index('files_expires').on(table.expiresAt),
    index('files_job')
      .on(table.jobId)
      .where(sql`job_id IS NOT NULL`),
  ],
);

/** The one local folder that holds this database's files; no row when they are in S3. */
export const fileStores = pgTable(
  'file_stores',
  { onlyOne: boolean('only_one').primaryKey().default(true), name: text('name').notNull() },
  () => [check('file_stores_only_one_check', sql`only_one`)],
);
