import type { Delivery } from '@turno/contract';
import { readPages } from './read-pages.ts';
import { pathOf, type Requests } from './request.ts';

export interface DeliveryFilter {
  /** Id of a job. */
  job?: string;
  /** Id of an endpoint. */
  endpoint?: string;
  state?: Delivery['state'];
  cursor?: string;
  /** On a page: 50 when left out, at most 200. */
  limit?: number;
}

export interface DeliveryPage {
  deliveries: Delivery[];
  nextCursor: string | null;
}

/** What was told to whom, and what they answered. An id that is none: `delivery-not-found`. */
export interface Deliveries {
  /** A page, newest first. Go on with `cursor: nextCursor` until that is null. */
  list(filter?: DeliveryFilter): Promise<DeliveryPage>;
  /** All of the filter, newest first, page by page as they are asked for. */
  listAll(filter?: DeliveryFilter): AsyncIterable<Delivery>;
  /** One, with all its tries. */
  get(id: string): Promise<Delivery>;
  /** Sends it once more, under the same `webhook-id`. Refused with `delivery-not-redeliverable`, or `endpoint-disabled`. */
  redeliver(id: string): Promise<Delivery>;
}

export function createDeliveries({ ask }: Requests): Deliveries {
  const list = (filter: DeliveryFilter = {}) => ask<DeliveryPage>(pathOf('deliveries'), { query: { ...filter } });
  return {
    list,
    listAll: (filter = {}) =>
      readPages(async (cursor) => {
        const { deliveries, nextCursor } = await list({ ...filter, ...(cursor !== undefined && { cursor }) });
        return { items: deliveries, nextCursor };
      }, filter.cursor),
    get: (id) => ask(pathOf('deliveries', id)),
    redeliver: (id) => ask(pathOf('deliveries', id, 'redeliver'), { method: 'POST' }),
  };
}
