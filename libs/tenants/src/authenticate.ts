import { Problem, type Plan } from '@turno/contract';
import { withStatementTimeout, findApiKey, type Postgres, type ValidKey } from '@turno/postgres';
import { type CacheCounts, newCacheCounts } from '@turno/runtime';
import { LRUCache } from 'lru-cache';
import { parseApiKey, sameSecret } from './api-key.ts';
import { operatorTenantId } from './first-key.ts';

/** Who is asking, and how much they may ask. */
export interface Caller {
  tenantId: string;
  keyId: string;
  scopes: ReadonlySet<string>;
  /** Of the tenant, as it was at most five seconds ago. */
  plan: Plan;
  /** Requests of the tenant in this month, of the same age. */
  requests: { month: string; used: number };
  /** The tenant that runs this installation: the only one that may change what concerns all. */
  isOperator: boolean;
}

export type Authenticate = (authorization: string | undefined) => Promise<Caller>;

interface KnownKey {
  key: ValidKey;
  caller: Caller;
  /** On this process's monotonic clock. */
  expiresAtMs: number;
}

/**
 * A key that was revoked and a plan that was changed are felt everywhere within five seconds: what is known was asked for at
 * most `answerWithinMs` before it was kept, and is kept for the rest of them. While Postgres cannot be asked, no key lives longer.
 */
const feltWithinMs = 5_000;
const answerWithinMs = 1_500;

/**
 * Makes the check of `Authorization: Bearer <key>`. It throws `unauthorized` for a missing, malformed, unknown, wrong, revoked or
 * expired key alike, and `store-unavailable` when the key is not in memory and Postgres cannot be asked.
 */
export function createAuthenticate(postgres: Pick<Postgres, 'sql'>, counts = newCacheCounts()): Authenticate {
  const known = new LRUCache<string, { found: KnownKey | undefined }>({
    max: 10_000,
    ttl: feltWithinMs - answerWithinMs,
    fetchMethod: async (id) => {
      const key = await withStatementTimeout(answerWithinMs, findApiKey(postgres.sql, id));
      return { found: key && knownKey(key) };
    },
  });
  return async (authorization) => {
    const presented = parseApiKey(bearerOf(authorization));
    if (presented === undefined) throw refusal(authorization === undefined);
    const status: LRUCache.Status<string, { found: KnownKey | undefined }> = {};
    const looking = known.fetch(presented.id, { status });
    counts[countOf(status.fetch)] += 1;
    const looked = await looking.catch((cause: unknown) => {
      throw new Problem('store-unavailable', { retryAfterSeconds: 2, cause });
    });
    const found = looked?.found;
    if (!found || !sameSecret(found.key.secretSha256, presented.secretSha256)) throw refusal(false);
    if (performance.now() >= found.expiresAtMs) throw refusal(false);
    return found.caller;
  };
}

/** What follows `Bearer`; empty when there is nothing of that form. */
export function bearerOf(authorization: string | undefined): string {
  return /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1] ?? '';
}

function countOf(found: LRUCache.Status<string, unknown>['fetch']): keyof CacheCounts {
  if (found === 'hit') return 'hits';
  if (found === 'inflight') return 'shared';
  return found === 'stale' ? 'stale' : 'misses';
}

function knownKey(key: ValidKey): KnownKey {
  const { id: keyId, tenantId, plan, requests } = key;
  return {
    key,
    caller: { tenantId, keyId, scopes: new Set(key.scopes), plan, requests, isOperator: tenantId === operatorTenantId },
    expiresAtMs: key.expiresInMs === null ? Infinity : performance.now() + key.expiresInMs,
  };
}

function refusal(missing: boolean): Problem {
  return new Problem('unauthorized', {
    detail: missing ? 'Send an API key as "Authorization: Bearer <key>".' : 'This API key is not valid.',
  });
}
