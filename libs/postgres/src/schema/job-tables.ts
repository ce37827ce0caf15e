import type { JobState } from '@turno/contract';
import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  check,
  index,
  integer,
  json,
  jsonb,
  pgTable,
  primaryKey,
  real,
  smallint,
  text,
} from 'drizzle-orm/pg-core';
import { key, time } from './column-types.ts';

/** A failure in the form of the contract's JobError. */
export type ErrorJson = { code: string; message: string; attempt: number };

/**
 * One narrow row per job, rewritten at every change of state. The indexes are partial on columns that a claim does not
 * change, so that queued → running stays a heap-only update.
 */
export const jobs = pgTable(
  'jobs',
  {
    id: key('id').primaryKey(),
    tenantId: key('tenant_id').notNull(),
    kind: key('kind').notNull(),
    kindVersion: integer('kind_version').notNull(),
    queue: key('queue').notNull(),
    state: key('state').$type<JobState>().notNull(),
    priority: smallint('priority').notNull(),
    /** Fencing token: rises with every hand-over, never reset. */
    ticket: integer('ticket').notNull().default(1),
    run: integer('run').notNull().default(1),
    /** Attempts of this run that count against max_attempts. */
    tries: integer('tries').notNull().default(0),
    /** Attempts of this run that ended as `handed-back`; they do not count as tries. */
    handBacks: integer('hand_backs').notNull().default(0),
    maxAttempts: integer('max_attempts').notNull(),
    timeoutMs: integer('timeout_ms').notNull(),
    /** Rises with every visible change. */
    version: integer('version').notNull().default(1),
    /** New per delivery to a worker: distinguishes the writes of two attempts. */
    claim: key('claim'),
    worker: text('worker'),
    progressPercent: real('progress_percent'),
    progressMessage: text('progress_message'),
    error: json('error').$type<ErrorJson>(),
    tags: text('tags').array().notNull().default([]),
    createdAt: time('created_at').notNull().defaultNow(),
    /** When the job is, or was, due. */
    runAt: time('run_at').notNull(),
    /** When `promote` moves the job to the backlog: set while scheduled, retrying or handed back with a delay. */
    dueAt: time('due_at'),
    /** When this ticket was handed to BullMQ. */
    queuedAt: time('queued_at'),
    startedAt: time('started_at'),
    finishedAt: time('finished_at'),
    /** A job that still waits then is failed. */
    deadlineAt: time('deadline_at'),
    /** True while a queued job waits in Postgres for a slot of the window. */
    backlog: boolean('backlog').notNull().default(false),
    /** The epoch of Redis in which BullMQ confirmed this ticket; null: not confirmed. */
    dispatchEpoch: bigint('dispatch_epoch', { mode: 'number' }),
    /** The BullMQ job that carries this ticket, written with the epoch; null: the ticket has a BullMQ job of its own. */
    carrier: key('carrier'),
    /** True: a worker could not start the job soon enough when a pack carried it, so its next ticket travels alone. */
    alone: boolean('alone'),
    /** Set only on a job whose result others may reuse: only this key or an admin cancels it. */
    creatorKeyId: text('creator_key_id'),
    /**
     * Null: the tenant had no limit of concurrent runs when the job was accepted; the limit is read again at dispatch.
     * True: the job waits in the backlog until its tenant may run one more. False: the job counts as running.
     */
    blocked: boolean('blocked'),
    /**
     * The state once it is final, else null: a claim does not change it, so an index on it keeps the claim heap-only.
     */
    finalState: key('final_state').generatedAlwaysAs(sql`CASE WHEN finished_at IS NOT NULL THEN state END`),
    /**
     * Receivers that the job names besides its tenant's endpoints: `[{ url, endpoint, events }]`; null for nearly all.
     */
    webhooks: jsonb('webhooks'),
  },
  (table) => [
    check(
      'jobs_state_check',
      sql`state IN ('queued', 'scheduled', 'running', 'retrying', 'completed', 'failed', 'cancelled')`,
    ),
    index('jobs_due')
      .on(table.dueAt)
      .where(sql`due_at IS NOT NULL`),
    // With the id, so that a page of a list needs no sort, however many jobs have the same time.
    index('jobs_by_age').on(table.tenantId, table.createdAt, table.id),
    index('jobs_in_flight')
      .on(table.queuedAt, table.id)
      .where(sql`finished_at IS NULL AND due_at IS NULL AND NOT backlog`),
    // The migration adds INCLUDE (priority), so that the backlog is counted by priority from the index alone.
    index('jobs_backlog')
      .on(table.queue, sql`(-priority)`, table.tenantId, table.id)
      .where(sql`backlog AND blocked IS NOT TRUE`),
    index('jobs_blocked')
      .on(table.tenantId, sql`(-priority)`, table.id)
      .where(sql`blocked AND backlog`),
    index('jobs_released')
      .on(table.tenantId)
      .where(sql`NOT blocked AND finished_at IS NULL AND due_at IS NULL`),
    index('jobs_deadline')
      .on(table.deadlineAt)
      .where(sql`deadline_at IS NOT NULL AND finished_at IS NULL`),
    index('jobs_finished')
      .on(table.finishedAt)
      .where(sql`finished_at IS NOT NULL`),
    index('jobs_failed_or_cancelled')
      .on(table.tenantId, table.finalState, table.createdAt, table.id)
      .where(sql`final_state IN ('failed', 'cancelled')`),
  ],
);

/** Columns that every reader of a job sees: reads, lists and the bodies of deliveries take them from here. */
export const shownJobColumns = [
  'id',
  'tenantId',
  'kind',
  'kindVersion',
  'state',
  'priority',
  'run',
  'tries',
  'maxAttempts',
  'version',
  'progressPercent',
  'progressMessage',
  'error',
  'tags',
  'createdAt',
  'runAt',
  'startedAt',
  'finishedAt',
] as const satisfies (keyof typeof jobs.$inferSelect)[];

/** Columns that a submit writes as it is given them; the others are computed by the statement that inserts the job. */
export const givenJobColumns = [
  'id',
  'tenantId',
  'kind',
  'kindVersion',
  'queue',
  'priority',
  'maxAttempts',
  'timeoutMs',
  'creatorKeyId',
] as const satisfies (keyof typeof jobs.$inferInsert)[];

export const jobInputs = pgTable(
  'job_inputs',
  {
    jobId: key('job_id').primaryKey(),
    input: json('input').notNull(),
    inputBytes: integer('input_bytes').notNull(),
    metadata: json('metadata').notNull(),
    /** How long to wait between attempts; null: the kind's own backoff. */
    backoff: json('backoff'),
    /** Hashes of the job's words, tags and kind, each with its tenant; null until the job is indexed for search. */
    words: bigint('words', { mode: 'bigint' }).array(),
    /** Code and message of the latest failure. */
    lastError: text('last_error'),
    /** The job is not indexed yet, or not with its latest failure. */
    searchDue: boolean('search_due').notNull().default(true),
    /** W3C Trace Context of the request that submitted the job. */
    traceparent: key('traceparent'),
  },
  (table) => [
    index('job_inputs_search_due')
      .on(table.jobId)
      .where(sql`search_due`),
    index('job_inputs_words')
      .using('gin', table.words)
      .with({ gin_pending_list_limit: 1024 })
      .where(sql`words IS NOT NULL`),
  ],
);

export const jobOutputs = pgTable('job_outputs', {
  jobId: key('job_id').primaryKey(),
  output: json('output').notNull(),
  outputBytes: integer('output_bytes').notNull(),
});

/** Attempts that ended while their job went on; the latest attempt stands on the job's own row. */
export const jobAttempts = pgTable(
  'job_attempts',
  {
    jobId: key('job_id').notNull(),
    ticket: integer('ticket').notNull(),
    run: integer('run').notNull(),
    number: integer('number').notNull(),
    claim: key('claim').notNull(),
    worker: text('worker'),
    startedAt: time('started_at').notNull(),
    finishedAt: time('finished_at').notNull(),
    outcome: key('outcome').notNull(),
    error: json('error'),
  },
  (table) => [primaryKey({ name: 'job_attempts_pkey', columns: [table.jobId, table.ticket] })],
);
