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
import { readEndpoint } from './endpoints.ts';

interface Deps {
  sql: Postgres['sql'];
}

export interface DeliveryPage {
  deliveries: Delivery[];
  /** The id to go on from; null on the last page. */
  nextCursor: string | null;
}

/** Deliveries that match, newest first, `limit` at a time. */
export async function listDeliveryPage({ sql }: Deps, filter: DeliveryFilter, limit: number): Promise<DeliveryPage> {
  const rows = await withRequestTimeout(listDeliveries(sql, filter, limit + 1));
  const page = rows.slice(0, limit).map(show);
  return { deliveries: page, nextCursor: rows.length > limit ? (page.at(-1)?.id ?? null) : null };
}

const any = { jobId: null, endpointId: null, state: null, before: null };

/** Throws `delivery-not-found`. */
export async function readDelivery({ sql }: Deps, tenantId: string, deliveryId: string): Promise<Delivery> {
  const [row] = await withRequestTimeout(listDeliveries(sql, { ...any, tenantId, deliveryId }, 1));
  if (row === undefined) throw new Problem('delivery-not-found');
  return show(row);
}

/** Sends a delivery again: the same id and body, all tries anew. Throws `delivery-not-found` or `delivery-not-redeliverable`. */
export async function redeliverOne(deps: Deps, tenantId: string, deliveryId: string): Promise<Delivery> {
  const done = await withRequestTimeout(redeliver(deps.sql, { tenantId, deliveryId }));
  const delivery = await readDelivery(deps, tenantId, deliveryId);
  if (done) return delivery;
  const detail = delivery.state === 'pending' ? 'It is still under way.' : 'Its endpoint is disabled or gone.';
  throw new Problem('delivery-not-redeliverable', { detail, extensions: { state: delivery.state } });
}

const rowsMax = 500;

/**
 * Sends again all that an endpoint never got, of the events since a time. However many they are, each statement is answered in time or
 * ends it. Throws `endpoint-not-found` or `endpoint-disabled`.
 */
export async function redeliverSince({ sql }: Deps, key: EndpointKey, since: string): Promise<number> {
  const { disabledAt } = await readEndpoint({ sql }, key);
  if (disabledAt !== null)
    throw new Problem('endpoint-disabled', { detail: 'Let it work again first: PATCH {"disabled": false}.' });
  let count = 0;
  for (let after: string | undefined = ''; after !== undefined;) {
    const sent: string[] = await withRequestTimeout(redeliverExhausted(sql, key, { since, after, rowsMax }));
    count += sent.length;
    after = sent[rowsMax - 1];
  }
  return count;
}

function show(row: DeliveryRow): Delivery {
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
