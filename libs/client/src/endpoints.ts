import type { Endpoint, EndpointPatch, EndpointRequest, SigningSecret } from '@turno/contract';
import { pathOf, type Requests } from './request.ts';

/** The registered receivers of events of this tenant. An unknown id throws `endpoint-not-found`. */
export interface Endpoints {
  list(): Promise<Endpoint[]>;
  /**
   * Registers an endpoint, by default for all events. Only this answer contains the secret. Throws `invalid-request`
   * for an address that is not public, or `too-many-endpoints`.
   */
  create(endpoint: Pick<EndpointRequest, 'url'> & Partial<EndpointRequest>): Promise<Endpoint & { secret: string }>;
  get(id: string): Promise<Endpoint>;
  /** Changes the given fields. `disabled: false` enables the endpoint again and resets its failures. */
  change(id: string, change: EndpointPatch): Promise<Endpoint>;
  /** Deletes the endpoint. Deliveries that still wait are not sent. */
  delete(id: string): Promise<void>;
  /**
   * Creates a new secret, which only this answer contains. The old secret signs too for 24 hours. The id `jobs` means
   * the secret for the URLs that jobs name.
   */
  rotateSecret(id: string): Promise<SigningSecret>;
  /** Sends again all exhausted deliveries of events since this time. Returns their number. */
  redeliverSince(id: string, since: Date): Promise<number>;
}

export function createEndpoints({ send, fetchJson }: Requests): Endpoints {
  const at = (id: string, ...more: string[]) => pathOf('endpoints', id, ...more);
  return {
    list: async () => (await fetchJson<{ endpoints: Endpoint[] }>(pathOf('endpoints'))).endpoints,
    create: (endpoint) => fetchJson(pathOf('endpoints'), { method: 'POST', body: endpoint }),
    get: (id) => fetchJson(at(id)),
    change: (id, change) => fetchJson(at(id), { method: 'PATCH', body: change }),
    delete: async (id) => void (await send(at(id), { method: 'DELETE' })),
    rotateSecret: (id) => fetchJson(at(id, 'rotate-secret'), { method: 'POST' }),
    redeliverSince: async (id, since) =>
      (await fetchJson<{ count: number }>(at(id, 'redeliver'), { method: 'POST', body: { since } })).count,
  };
}
