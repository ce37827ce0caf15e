import type { ApiKey, MadeKey, NewKey } from '@turno/contract';
import { pathOf, type Requests } from './request.ts';

/** A key as it is asked for: of no end and without a name when these are left out. */
export type KeyOptions = Pick<NewKey, 'scopes'> & Partial<NewKey>;

/** The keys of this key's own tenant. Needs the scope admin, else `forbidden`. */
export interface Keys {
  /** Those that were not revoked, without their secrets. */
  list(): Promise<ApiKey[]>;
  /** Makes a key. The `key` of this answer is shown nowhere else. Not repeated by itself: a lost answer leaves a key that nobody has. Refused with `too-many-keys`. */
  create(key: KeyOptions): Promise<MadeKey>;
  /** For good; refused everywhere within five seconds. Refused with `key-not-found`, or `last-admin-key`. */
  revoke(id: string): Promise<void>;
}

export function createKeys({ send, ask }: Requests): Keys {
  return {
    list: async () => (await ask<{ keys: ApiKey[] }>(pathOf('keys'))).keys,
    create: (key) => ask(pathOf('keys'), { method: 'POST', body: key }),
    revoke: async (id) => void (await send(pathOf('keys', id), { method: 'DELETE' })),
  };
}
