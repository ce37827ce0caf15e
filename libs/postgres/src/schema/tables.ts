import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  date,
  doublePrecision,
  integer,
  json,
  jsonb,
  pgTable,
  primaryKey,
  real,
  smallint,
  text,
} from 'drizzle-orm/pg-core';
import { bytea, time } from './column-types.ts';

export * from './webhook-tables.ts';

/** What a tenant may ask for; null: no limit. */
export const plans = pgTable('plans', {
  name: text('name').primaryKey(),
  bucketCapacity: integer('bucket_capacity'),
  refillPerSecond: doublePrecision('refill_per_second'),
  requestsPerMonthMax: bigint('requests_per_month_max', { mode: 'number' }),
  jobsWaitingMax: integer('jobs_waiting_max'),
  payloadBytesMax: integer('payload_bytes_max'),
  concurrentRunsMax: integer('concurrent_runs_max'),
  createdAt: time('created_at').notNull().defaultNow(),
});

export const tenants = pgTable('tenants', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  createdAt: time('created_at').notNull().defaultNow(),
  plan: text('plan')
    .notNull()
    .default('unlimited')
    .references(() => plans.name),
  /** Its keys open nothing from then on. */
  disabledAt: time('disabled_at'),
});

export const apiKeys = pgTable('api_keys', {
  id: text('id').primaryKey(),
  tenantId: text('tenant_id')
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
});

/** Requests with a valid key, by calendar month (UTC). */
export const usageMonths = pgTable(
  'usage_months',
  {
    tenantId: text('tenant_id').notNull(),
    month: date('month', { mode: 'string' }).notNull(),
    requests: bigint('requests', { mode: 'number' }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.month] })],
);

/**
 * One narrow row per job, rewritten at every change of state. The indexes are partial on columns that a claim does not
 * touch, so that queued → running stays a heap-only update.
 */
export const jobs = pgTable('jobs', {
  id: text('id').primaryKey(),
  tenantId: text('tenant_id').notNull(),
  kind: text('kind').notNull(),
  kindVersion: integer('kind_version').notNull(),
  queue: text('queue').notNull(),
  state: text('state').notNull(),
  priority: smallint('priority').notNull(),
  /** Counts hand-overs, never reset: the fence. */
  ticket: integer('ticket').notNull().default(1),
  run: integer('run').notNull().default(1),
  /** Attempts of this run; the only number held against max_attempts. */
  tries: integer('tries').notNull().default(0),
  handBacks: integer('hand_backs').notNull().default(0),
  maxAttempts: integer('max_attempts').notNull(),
  timeoutMs: integer('timeout_ms').notNull(),
  /** Rises with every visible change. */
  version: integer('version').notNull().default(1),
  /** New per delivery: tells one attempt's writes from another's. */
  claim: text('claim'),
  worker: text('worker'),
  progressPercent: real('progress_percent'),
  progressMessage: text('progress_message'),
  error: json('error'),
  tags: text('tags').array().notNull().default([]),
  createdAt: time('created_at').notNull().defaultNow(),
  /** When the job is, or was, due. */
  runAt: time('run_at').notNull(),
  /** When `promote` shall put the job into the backlog: while scheduled, retrying or handed back for later, else null. */
  dueAt: time('due_at'),
  /** Since when this ticket is on its way through BullMQ. */
  queuedAt: time('queued_at'),
  startedAt: time('started_at'),
  finishedAt: time('finished_at'),
  /** A job still waiting then is failed. */
  deadlineAt: time('deadline_at'),
  /** True while a queued job waits here for its turn, because BullMQ holds enough already. */
  backlog: boolean('backlog').notNull().default(false),
  /**
   * Null: its tenant might run as many at once as it liked, which is looked at again when its turn comes. True: it waits, in the
   * backlog but not in line, until its tenant may run one more. False: it counts as running.
   */
  blocked: boolean('blocked'),
  /** What the job names besides its tenant's endpoints: `[{ url, endpoint, events }]`; null for nearly all. */
  webhooks: jsonb('webhooks'),
  /** The life of Redis in which BullMQ confirmed this ticket; null: not confirmed. */
  dispatchEpoch: bigint('dispatch_epoch', { mode: 'number' }),
  /** The state once it is final, else null. */
  endedAs: text('ended_as').generatedAlwaysAs(sql`CASE WHEN finished_at IS NOT NULL THEN state END`),
  /** Only of a job that others may join: no other key but an admin's cancels it. */
  creatorKeyId: text('creator_key_id'),
});

export const jobInputs = pgTable('job_inputs', {
  jobId: text('job_id').primaryKey(),
  input: json('input').notNull(),
  inputBytes: integer('input_bytes').notNull(),
  metadata: json('metadata').notNull(),
  /** How long to wait between attempts; null: the kind's own way. */
  backoff: json('backoff'),
  /** What the list finds the job by, gathered behind the submit; null until then. */
  words: bigint('words', { mode: 'bigint' }).array(),
  /** Code and message of the latest failure. */
  lastError: text('last_error'),
  /** The words are not gathered yet, or not those of the latest failure. */
  searchDue: boolean('search_due').notNull().default(true),
  /** Of the request that submitted the job. */
  traceparent: text('traceparent'),
});

export const jobOutputs = pgTable('job_outputs', {
  jobId: text('job_id').primaryKey(),
  output: json('output').notNull(),
  outputBytes: integer('output_bytes').notNull(),
});

/** Attempts that are over while their job went on; the latest one stands on the job's own row. */
export const jobAttempts = pgTable(
  'job_attempts',
  {
    jobId: text('job_id').notNull(),
    ticket: integer('ticket').notNull(),
    run: integer('run').notNull(),
    number: integer('number').notNull(),
    claim: text('claim').notNull(),
    worker: text('worker'),
    startedAt: time('started_at').notNull(),
    finishedAt: time('finished_at').notNull(),
    outcome: text('outcome').notNull(),
    error: json('error'),
  },
  (table) => [primaryKey({ columns: [table.jobId, table.ticket] })],
);

/** Whose result a piece of work has: shared by all who ask for the same. */
export const memos = pgTable(
  'memos',
  {
    tenantId: text('tenant_id').notNull(),
    /** Of tenant, kind, version and input. */
    workSha256: bytea('work_sha256').notNull(),
    /** The latest job made for it. */
    jobId: text('job_id').notNull(),
    /** The last one before that completed. */
    earlierJobId: text('earlier_job_id'),
    createdAt: time('created_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.workSha256] })],
);

/** What a request with an `Idempotency-Key` has made, so that its repeat makes nothing. */
export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    tenantId: text('tenant_id').notNull(),
    key: text('key').notNull(),
    /** Of method, path and body. */
    requestSha256: bytea('request_sha256').notNull(),
    jobIds: text('job_ids').array().notNull(),
    createdAt: time('created_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.key] })],
);

/** Worker processes that are alive: whose lease runs out loses its running jobs to the others. */
export const workers = pgTable('workers', {
  id: text('id').primaryKey(),
  startedAt: time('started_at').notNull().defaultNow(),
  leaseUntil: time('lease_until').notNull(),
  /** Since when the renewals came in time. */
  unbrokenSince: time('unbroken_since').notNull().defaultNow(),
});

/** Queues and kinds that start no new attempts. */
export const pauses = pgTable(
  'pauses',
  {
    scope: text('scope').notNull(),
    name: text('name').notNull(),
    pausedAt: time('paused_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.scope, table.name] })],
);

/** Objects that stand outside of the database. */
export const files = pgTable('files', {
  id: text('id').primaryKey(),
  tenantId: text('tenant_id').notNull(),
  objectKey: text('object_key').notNull(),
  state: text('state').notNull(),
  name: text('name'),
  contentType: text('content_type').notNull(),
  bytes: bigint('bytes', { mode: 'number' }).notNull(),
  sha256: text('sha256'),
  createdAt: time('created_at').notNull().defaultNow(),
  /** Infinity once the statement that finished its job has linked it. */
  expiresAt: time('expires_at').notNull(),
  /** The attempt that made it, by the job's ticket; null for an upload. */
  jobId: text('job_id'),
  ticket: integer('ticket'),
  /** It is the whole output of its job. */
  isOutput: boolean('is_output').notNull().default(false),
});

/** The one local folder that holds this database's objects. */
export const fileStores = pgTable('file_stores', {
  onlyOne: boolean('only_one').primaryKey().default(true),
  name: text('name').notNull(),
});

/** Jobs that come by the clock. */
export const schedules = pgTable(
  'schedules',
  {
    tenantId: text('tenant_id').notNull(),
    name: text('name').notNull(),
    cron: text('cron').notNull(),
    timezone: text('timezone').notNull(),
    kind: text('kind').notNull(),
    input: json('input').notNull(),
    options: json('options').notNull(),
    paused: boolean('paused').notNull(),
    missed: text('missed').notNull(),
    catchUpMax: integer('catch_up_max').notNull(),
    /** The job as it will be inserted, without what is new each time. */
    template: json('template').notNull(),
    /** Rises with every put: what was read before is not acted on after. */
    revision: integer('revision').notNull().default(1),
    /** Null while paused, or when no time will ever come. */
    nextRunAt: time('next_run_at'),
    lastRunAt: time('last_run_at'),
    lastJobId: text('last_job_id'),
    /** The last slot that got no job, and why. */
    lastSkippedAt: time('last_skipped_at'),
    lastSkippedFor: text('last_skipped_for'),
    createdAt: time('created_at').notNull().defaultNow(),
    updatedAt: time('updated_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.name] })],
);

/** One row per time that a schedule made a job, written with the job, or would have made one. */
export const scheduleSlots = pgTable(
  'schedule_slots',
  {
    tenantId: text('tenant_id').notNull(),
    name: text('name').notNull(),
    slot: time('slot').notNull(),
    jobId: text('job_id'),
    /** Why it has no job. */
    skipped: text('skipped'),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.name, table.slot] })],
);
