import type { Endpoint, EndpointPatch, EndpointRequest, SigningSecret } from '@turno/contract';
import { pathOf, type Requests } from './request.ts';

/** Where this tenant hears of the ends of its jobs. An id that is none: `endpoint-not-found`. */
export interface Endpoints {
  list(): Promise<Endpoint[]>;
  /**
   * Registers a receiver, of all ends of jobs when no events are named; its secret is shown this once. Refused with
   * `invalid-request` for an address that is not public, or `too-many-endpoints`.
   */
  create(endpoint: Pick<EndpointRequest, 'url'> & Partial<EndpointRequest>): Promise<Endpoint & { secret: string }>;
  get(id: string): Promise<Endpoint>;
  /** Changes what is named. `disabled: false` lets a disabled one work again, its failures forgotten. */
  change(id: string, change: EndpointPatch): Promise<Endpoint>;
  /** What still waits for it is not sent any more. */
  delete(id: string): Promise<void>;
  /** Makes a new secret, shown this once; for 24 hours the old one signs too. The id `jobs` stands for the URLs that jobs name. */
  rotateSecret(id: string): Promise<SigningSecret>;
  /** Sends again all that this endpoint never took, of events since then. Resolves with how many. */
  redeliverSince(id: string, since: Date): Promise<number>;
}

export function createEndpoints({ send, ask }: Requests): Endpoints {
  const at = (id: string, ...more: string[]) => pathOf('endpoints', id, ...more);
  return {
    list: async () => (await ask<{ endpoints: Endpoint[] }>(pathOf('endpoints'))).endpoints,
    create: (endpoint) => ask(pathOf('endpoints'), { method: 'POST', body: endpoint }),
    get: (id) => ask(at(id)),
    change: (id, change) => ask(at(id), { method: 'PATCH', body: change }),
    delete: async (id) => void (await send(at(id), { method: 'DELETE' })),
    rotateSecret: (id) => ask(at(id, 'rotate-secret'), { method: 'POST' }),
    redeliverSince: async (id, since) =>
      (await ask<{ count: number }>(at(id, 'redeliver'), { method: 'POST', body: { since } })).count,
  };
}
