import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  check,
  index,
  integer,
  json,
  pgTable,
  primaryKey,
  text,
  unique,
  uniqueIndex,
} from 'drizzle-orm/pg-core';
import { bytea, key, time } from './column-types.ts';

/** URLs to which a tenant's events are sent. */
export const endpoints = pgTable(
  'endpoints',
  {
    id: key('id').primaryKey(),
    tenantId: key('tenant_id').notNull(),
    /** Of a one-off endpoint only the origin; each delivery has the whole URL. */
    url: text('url').notNull(),
    events: text('events').array().notNull(),
    /** An origin that single jobs named, not registered; its row records that connections to the origin fail. */
    oneOff: boolean('one_off').notNull().default(false),
    createdAt: time('created_at').notNull().defaultNow(),
    disabledAt: time('disabled_at'),
    disabledReason: key('disabled_reason'),
    deletedAt: time('deleted_at'),
    /** Consecutive failures since the last success. */
    failures: integer('failures').notNull().default(0),
    failingSince: time('failing_since'),
    /** Nothing is sent to the endpoint before. */
    pausedUntil: time('paused_until'),
    /** When a job or schedule last named a one-off endpoint, about. */
    lastNamedAt: time('last_named_at').notNull().defaultNow(),
  },
  (table) => [
    index('endpoints_by_tenant').on(table.tenantId, table.id),
    uniqueIndex('endpoints_one_off')
      .on(table.tenantId, table.url)
      .where(sql`one_off`),
  ],
);

/** Signing secrets, sealed; see `createSecretBox`. The owner is an endpoint, or a tenant for its one-off endpoints. */
export const webhookSecrets = pgTable('webhook_secrets', {
  ownerId: key('owner_id').primaryKey(),
  sealed: bytea('sealed').notNull(),
  keyId: key('key_id').notNull(),
  oldSealed: bytea('old_sealed'),
  oldKeyId: key('old_key_id'),
  /** Until then the old secret signs too. */
  oldUntil: time('old_until'),
});

/** One event for one receiver. Its id is the `webhook-id` of every try. */
export const deliveries = pgTable(
  'deliveries',
  {
    id: key('id').primaryKey(),
    tenantId: key('tenant_id').notNull(),
    endpointId: key('endpoint_id').notNull(),
    /** The URL that the job named; empty: the endpoint's. */
    ownUrl: text('own_url').notNull().default(''),
    jobId: key('job_id').notNull(),
    run: integer('run').notNull(),
    event: key('event').notNull(),
    state: key('state').notNull().default('pending'),
    /** Why it was exhausted before its tries were used up. */
    reason: key('reason'),
    /** Tries with a response or a failure, since the last redelivery. */
    tries: integer('tries').notNull().default(0),
    /** Fencing token: rises with every hand-over, never reset. */
    ticket: integer('ticket').notNull().default(0),
    /** The last ticket that a worker claimed. */
    claimed: integer('claimed').notNull().default(0),
    /** Handed to BullMQ or claimed; the hand-over counts as lost when `due_at` comes without a result. */
    inFlight: boolean('in_flight').notNull().default(false),
    /** When it may be taken next; null once it is final. */
    dueAt: time('due_at'),
    createdAt: time('created_at').notNull().defaultNow(),
    finishedAt: time('finished_at'),
    /** The epoch of Redis in which it was handed over. */
    epoch: bigint('epoch', { mode: 'number' }),
  },
  (table) => [
    unique('deliveries_job_id_run_endpoint_id_event_own_url_key').on(
      table.jobId,
      table.run,
      table.endpointId,
      table.event,
      table.ownUrl,
    ),
    check('deliveries_state_check', sql`state IN ('pending', 'delivered', 'exhausted')`),
    index('deliveries_waiting')
      .on(table.endpointId, table.dueAt)
      .where(sql`due_at IS NOT NULL`),
    index('deliveries_in_flight')
      .on(table.endpointId)
      .where(sql`in_flight`),
    index('deliveries_by_tenant').on(table.tenantId, table.id),
    index('deliveries_by_endpoint').on(table.endpointId, table.id),
    index('deliveries_finished')
      .on(table.finishedAt)
      .where(sql`finished_at IS NOT NULL`),
    index('deliveries_exhausted')
      .on(table.tenantId, table.id)
      .where(sql`state = 'exhausted'`),
  ],
);

/** The job's row as it was at the end of its run; the body of every try is rendered from it. */
export const deliveryPayloads = pgTable('delivery_payloads', {
  deliveryId: key('delivery_id').primaryKey(),
  job: json('job').notNull(),
});

export const deliveryAttempts = pgTable(
  'delivery_attempts',
  {
    deliveryId: key('delivery_id').notNull(),
    ticket: integer('ticket').notNull(),
    startedAt: time('started_at').notNull(),
    durationMs: integer('duration_ms').notNull(),
    status: integer('status'),
    error: key('error'),
    response: text('response'),
  },
  (table) => [primaryKey({ name: 'delivery_attempts_pkey', columns: [table.deliveryId, table.ticket] })],
);

/**
 * Addresses that single jobs named and whose receiver answers no delivery although it can be connected. A failing
 * address pauses no other address of its origin.
 */
export const failingAddresses = pgTable(
  'failing_addresses',
  {
    endpointId: key('endpoint_id').notNull(),
    /** Of the URL, which is too long for an index. */
    urlSha256: bytea('url_sha256').notNull(),
    /** Consecutive failures. */
    failures: integer('failures').notNull(),
    /** Nothing is sent to the address before. */
    pausedUntil: time('paused_until'),
    /** One delivery tests the address until then, the others wait. */
    probedUntil: time('probed_until'),
    failedAt: time('failed_at').notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ name: 'failing_addresses_pkey', columns: [table.endpointId, table.urlSha256] }),
    index('failing_addresses_by_age').on(table.failedAt),
  ],
);
