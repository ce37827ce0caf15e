import type { Delivery } from '@turno/contract';
import { readPages } from './read-pages.ts';
import { pathOf, type Requests } from './request.ts';

export interface DeliveryFilter {
  /** The id of a job. */
  job?: string;
  /** The id of an endpoint. */
  endpoint?: string;
  state?: Delivery['state'];
  cursor?: string;
  /** Deliveries of a page: 50 by default, at most 200. */
  limit?: number;
}

export interface DeliveryPage {
  deliveries: Delivery[];
  nextCursor: string | null;
}

/** The deliveries of webhooks, with the answers of their receivers. An unknown id throws `delivery-not-found`. */
export interface Deliveries {
  /** Reads one page, newest first. The next page has `cursor: nextCursor`; after the last page `nextCursor` is null. */
  list(filter?: DeliveryFilter): Promise<DeliveryPage>;
  /** Yields all deliveries that match, newest first. Reads the next page when it is needed. */
  listAll(filter?: DeliveryFilter): AsyncIterable<Delivery>;
  /** Reads one delivery with all its attempts. */
  get(id: string): Promise<Delivery>;
  /**
   * Sends the delivery again with the same `webhook-id`. Throws `delivery-not-redeliverable` or `endpoint-disabled`.
   */
  redeliver(id: string): Promise<Delivery>;
}

export function createDeliveries({ fetchJson }: Requests): Deliveries {
  const list = (filter: DeliveryFilter = {}) => fetchJson<DeliveryPage>(pathOf('deliveries'), { query: { ...filter } });
  return {
    list,
    listAll: (filter = {}) =>
      readPages(async (cursor) => {
        const { deliveries, nextCursor } = await list({ ...filter, ...(cursor !== undefined && { cursor }) });
        return { items: deliveries, nextCursor };
      }, filter.cursor),
    get: (id) => fetchJson(pathOf('deliveries', id)),
    redeliver: (id) => fetchJson(pathOf('deliveries', id, 'redeliver'), { method: 'POST' }),
  };
}
