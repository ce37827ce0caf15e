import { Problem, type Delivery, type WebhookEvent } from '@turno/contract';
import {
  type DeliveryFilter,
  type DeliveryRow,
  type EndpointKey,
  withRequestTimeout,
  listDeliveries,
  type Postgres,
  redeliver,
  redeliverExhausted,
} from '@turno/postgres';
import type { TenantQueries } from '@turno/tenants';
import { readEndpoint } from './endpoints.ts';

interface Deps {
  sql: Postgres['sql'];
}

export interface DeliveryPage {
  deliveries: Delivery[];
  /** The cursor of the next page; null on the last page. */
  nextCursor: string | null;
}

/** Lists matching deliveries, newest first, `limit` per page. */
export async function listDeliveryPage(
  queries: TenantQueries,
  filter: DeliveryFilter,
  limit: number,
): Promise<DeliveryPage> {
  const rows = await queries.run(filter.tenantId, (sql) => listDeliveries(sql, filter, limit + 1));
  const page = rows.slice(0, limit).map(toDelivery);
  return { deliveries: page, nextCursor: rows.length > limit ? (page.at(-1)?.id ?? null) : null };
}

const anyDelivery = { jobId: null, endpointId: null, state: null, before: null };

/** Reads one delivery. Throws `delivery-not-found`. */
export async function readDelivery({ sql }: Deps, tenantId: string, deliveryId: string): Promise<Delivery> {
  const [row] = await withRequestTimeout(listDeliveries(sql, { ...anyDelivery, tenantId, deliveryId }, 1));
  if (row === undefined) throw new Problem('delivery-not-found');
  return toDelivery(row);
}

/**
 * Sends a delivery again or, when it waits for its next try, now, with the same id and body.
 * Throws `delivery-not-found` or `delivery-not-redeliverable`.
 */
export async function redeliverOne(deps: Deps, tenantId: string, deliveryId: string): Promise<Delivery> {
  const done = await withRequestTimeout(redeliver(deps.sql, { tenantId, deliveryId }));
  const delivery = await readDelivery(deps, tenantId, deliveryId);
  if (done) return delivery;
  throw new Problem('delivery-not-redeliverable', {
    detail: refusalOf(delivery),
    extensions: { state: delivery.state },
  });
}

function refusalOf({ state }: Delivery): string {
  return state === 'pending' ? 'A try of the delivery is under way.' : 'The endpoint is disabled or deleted.';
}

const rowsMax = 500;

/**
 * Sends again all deliveries of events since a time that the endpoint never accepted.
 * Returns how many. They are requeued in batches; it ends after the batch during which `signal` aborts, and a further
 * call continues. Throws `endpoint-not-found` or `endpoint-disabled`.
 */
export async function redeliverSince(
  { sql, queries }: Deps & { queries: TenantQueries },
  key: EndpointKey,
  { since, signal }: { since: string; signal: AbortSignal },
): Promise<number> {
  const { disabledAt } = await readEndpoint({ sql }, key);
  if (disabledAt !== null)
    throw new Problem('endpoint-disabled', { detail: 'Enable the endpoint first: PATCH {"disabled": false}.' });
  let count = 0;
  for (let after: string | undefined = ''; after !== undefined;) {
    const options = { since, after, rowsMax };
    const sent: string[] = await queries.run(key.tenantId, (own) => redeliverExhausted(own, key, options));
    count += sent.length;
    after = signal.aborted ? undefined : sent[rowsMax - 1];
  }
  return count;
}

function toDelivery(row: DeliveryRow): Delivery {
  return {
    id: row.id,
    job: row.jobId,
    run: row.run,
    event: row.event as WebhookEvent,
    endpoint: row.endpointId,
    url: row.url,
    state: row.state,
    reason: row.reason,
    createdAt: row.createdAt,
    nextTryAt: row.nextTryAt,
    finishedAt: row.finishedAt,
    attempts: row.attempts,
  };
}
