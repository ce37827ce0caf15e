import { bigint, boolean, integer, json, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { bytea, time } from './column-types.ts';

/** Where a tenant wants to hear of its jobs. */
export const endpoints = pgTable('endpoints', {
  id: text('id').primaryKey(),
  tenantId: text('tenant_id').notNull(),
  /** Of a one-off: only its origin, the rest stands with each delivery. */
  url: text('url').notNull(),
  events: text('events').array().notNull(),
  /** Not registered: an origin that single jobs named, kept so that one dead receiver is known as such. */
  oneOff: boolean('one_off').notNull().default(false),
  createdAt: time('created_at').notNull().defaultNow(),
  disabledAt: time('disabled_at'),
  disabledReason: text('disabled_reason'),
  deletedAt: time('deleted_at'),
  /** In a row, since the last success. */
  failures: integer('failures').notNull().default(0),
  failingSince: time('failing_since'),
  /** Nothing is sent there before. */
  pausedUntil: time('paused_until'),
  /** Of a one-off: when it was last named, about. */
  lastNamedAt: time('last_named_at').notNull().defaultNow(),
});

/** By endpoint, or by tenant for one-offs. Sealed: see `createSecretBox`. */
export const webhookSecrets = pgTable('webhook_secrets', {
  ownerId: text('owner_id').primaryKey(),
  sealed: bytea('sealed').notNull(),
  keyId: text('key_id').notNull(),
  oldSealed: bytea('old_sealed'),
  oldKeyId: text('old_key_id'),
  /** Until then the old one signs too. */
  oldUntil: time('old_until'),
});

/** One event on its way to one receiver. Its id is the `webhook-id` of every try. */
export const deliveries = pgTable('deliveries', {
  id: text('id').primaryKey(),
  tenantId: text('tenant_id').notNull(),
  endpointId: text('endpoint_id').notNull(),
  /** The URL that the job named, or empty: then the endpoint's. */
  ownUrl: text('own_url').notNull().default(''),
  jobId: text('job_id').notNull(),
  run: integer('run').notNull(),
  event: text('event').notNull(),
  state: text('state').notNull().default('pending'),
  /** Why it was exhausted before its tries were. */
  reason: text('reason'),
  /** Tries that were answered or failed, since the last redelivery. */
  tries: integer('tries').notNull().default(0),
  /** Counts hand-overs, never reset: the fence. */
  ticket: integer('ticket').notNull().default(0),
  /** The last ticket that somebody began to send. */
  claimed: integer('claimed').notNull().default(0),
  /** Taken for sending; given up again when `due_at` comes without a result. */
  inFlight: boolean('in_flight').notNull().default(false),
  /** When it may be taken next; null once it is over. */
  dueAt: time('due_at'),
  /** The life of Redis in which it was handed over. */
  epoch: bigint('epoch', { mode: 'number' }),
  createdAt: time('created_at').notNull().defaultNow(),
  finishedAt: time('finished_at'),
});

/** The job's row as it was at the end of its run, from which every try's body is rendered. */
export const deliveryPayloads = pgTable('delivery_payloads', {
  deliveryId: text('delivery_id').primaryKey(),
  job: json('job').notNull(),
});

export const deliveryAttempts = pgTable(
  'delivery_attempts',
  {
    deliveryId: text('delivery_id').notNull(),
    ticket: integer('ticket').notNull(),
    startedAt: time('started_at').notNull(),
    durationMs: integer('duration_ms').notNull(),
    status: integer('status'),
    error: text('error'),
    response: text('response'),
  },
  (table) => [primaryKey({ columns: [table.deliveryId, table.ticket] })],
);
