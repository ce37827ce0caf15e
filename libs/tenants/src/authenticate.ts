import { Problem } from '@turno/contract';
import { answerWithin, findApiKey, type Postgres, type StoredKey } from '@turno/postgres';
import { LRUCache } from 'lru-cache';
import { parseApiKey, sameSecret } from './api-key.ts';

/** Who is asking. */
export interface Caller {
  tenantId: string;
  keyId: string;
  scopes: ReadonlySet<string>;
}

export type Authenticate = (authorization: string | undefined) => Promise<Caller>;

/** A key that was changed or taken away is felt everywhere within this time. */
const keyCacheMs = 5_000;
const answerWithinMs = 1_500;

/**
 * Makes the check of `Authorization: Bearer <key>`. It throws `unauthorized` for a missing, malformed, unknown or wrong
 * key alike, and `store-unavailable` when the key is not in memory and Postgres cannot be asked.
 */
export function createAuthenticate(postgres: Pick<Postgres, 'db'>): Authenticate {
  const known = new LRUCache<string, { key: StoredKey; caller: Caller } | { key: undefined }>({
    max: 10_000,
    ttl: keyCacheMs,
    fetchMethod: async (id) => {
      const key = await answerWithin(answerWithinMs, findApiKey(postgres.db, id));
      if (key === undefined) return { key };
      return { key, caller: { tenantId: key.tenantId, keyId: key.id, scopes: new Set(key.scopes) } };
    },
  });
  return async (authorization) => {
    const presented = parseApiKey(/^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1] ?? '');
    if (presented === undefined) throw refusal(authorization === undefined);
    const found = await known.fetch(presented.id).catch((cause: unknown) => {
      throw new Problem('store-unavailable', { retryAfterSeconds: 2, cause });
    });
    if (!found?.key || !sameSecret(found.key.secretSha256, presented.secretSha256)) throw refusal(false);
    return found.caller;
  };
}

function refusal(missing: boolean): Problem {
  return new Problem('unauthorized', {
    detail: missing ? 'Send an API key as "Authorization: Bearer <key>".' : 'This API key is not valid.',
  });
}
