import type { ApiKey, MadeKey, NewKey } from '@turno/contract';
import { pathOf, type Requests } from './request.ts';

/** A new key. By default it has no name and does not expire. */
export type KeyOptions = Pick<NewKey, 'scopes'> & Partial<NewKey>;

/** The API keys of the tenant. All calls need the scope `admin` and throw `forbidden` without it. */
export interface Keys {
  /** Lists the keys that are not revoked, without their secrets. */
  list(): Promise<ApiKey[]>;
  /**
   * Creates a key. Only this answer contains the `key`. The client does not repeat this call, since a lost answer
   * leaves a key that nobody knows. Throws `too-many-keys`.
   */
  create(key: KeyOptions): Promise<MadeKey>;
  /** Revokes a key; all processes refuse it within five seconds. Throws `key-not-found` or `last-admin-key`. */
  revoke(id: string): Promise<void>;
}

export function createKeys({ send, fetchJson }: Requests): Keys {
  return {
    list: async () => (await fetchJson<{ keys: ApiKey[] }>(pathOf('keys'))).keys,
    create: (key) => fetchJson(pathOf('keys'), { method: 'POST', body: key }),
    revoke: async (id) => void (await send(pathOf('keys', id), { method: 'DELETE' })),
  };
}
