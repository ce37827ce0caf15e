import { Problem, type Plan } from '@turno/contract';
import { withStatementTimeout, findApiKey, type Postgres, type ValidKey } from '@turno/postgres';
import { type CacheCounts, type MaybeReady, newCacheCounts } from '@turno/runtime';
import { LRUCache } from 'lru-cache';
import { type PresentedKey, presentedKeyOf, sameHash } from './api-key.ts';
import { operatorTenantId } from './first-key.ts';

/** The tenant and key that a request was authenticated as, with their scopes and limits. */
export interface Caller {
  tenantId: string;
  keyId: string;
  scopes: ReadonlySet<string>;
  /** The tenant's plan, at most five seconds old. */
  plan: Plan;
  /** The number of requests of the tenant in this month, of the same age. */
  requests: { month: string; used: number };
  /** True for the tenant that runs this installation. Only this tenant may change other tenants, plans and queues. */
  isOperator: boolean;
}

/**
 * Finds the caller of an `Authorization` header.
 * Returns a caller whose key is in the cache at once. Rejects with a Problem, and never throws.
 */
export type Authenticate = (authorization: string | undefined) => MaybeReady<Caller>;

/** A key of the cache; undefined when Postgres has no valid key with this id. */
interface Lookup {
  found: CachedKey | undefined;
}

interface CachedKey {
  /** As `PresentedKey` has it. */
  secretSha256: string;
  caller: Caller;
  /** A time of this process's monotonic clock. */
  expiresAtMs: number;
}

/**
 * The time after which every process respects a revoked key or a changed plan.
 * A cached key was read at most `readTimeoutMs` before it was cached, and stays in the cache for the rest of this time.
 * An outage of Postgres does not make it longer.
 */
const keyChangeMs = 5_000;
const readTimeoutMs = 1_500;

/**
 * Creates the check of `Authorization: Bearer <key>`, with a cache of keys.
 * It throws `unauthorized` for a missing, malformed, unknown, wrong, revoked or expired key alike, and
 * `store-unavailable` when the key is not in the cache and Postgres does not answer.
 */
export function createAuthenticate(postgres: Pick<Postgres, 'sql'>, counts = newCacheCounts()): Authenticate {
  const cache = new LRUCache<string, Lookup>({
    max: 10_000,
    ttl: keyChangeMs - readTimeoutMs,
    noDeleteOnStaleGet: true, // `fetch` reports it as stale
    fetchMethod: async (id) => {
      const key = await withStatementTimeout(readTimeoutMs, findApiKey(postgres.sql, id));
      return { found: key && toCachedKey(key) };
    },
  });
  async function lookUp(id: string): Promise<Lookup | undefined> {
    const status: LRUCache.Status<string, Lookup> = {};
    const reading = cache.fetch(id, { status });
    counts[countOf(status.fetch)] += 1;
    return reading.catch((cause: unknown) => {
      throw new Problem('store-unavailable', { retryAfterSeconds: 2, cause });
    });
  }

  return (authorization) => {
    const presented = presentedKeyOf(authorization);
    if (presented === undefined) return Promise.reject(unauthorized(authorization === undefined));
    const cached = cache.get(presented.id);
    if (cached === undefined) return lookUp(presented.id).then((lookup) => callerOf(lookup, presented));
    counts.hits += 1;
    return callerOf(cached, presented);
  };
}

function callerOf(lookup: Lookup | undefined, { secretSha256 }: PresentedKey): MaybeReady<Caller> {
  const found = lookup?.found;
  const isValid = found && sameHash(found.secretSha256, secretSha256) && performance.now() < found.expiresAtMs;
  return isValid ? found.caller : Promise.reject(unauthorized(false));
}

function countOf(found: LRUCache.Status<string, unknown>['fetch']): keyof CacheCounts {
  if (found === 'hit') return 'hits';
  if (found === 'inflight') return 'shared';
  return found === 'stale' ? 'stale' : 'misses';
}

function toCachedKey(key: ValidKey): CachedKey {
  const { id: keyId, tenantId, plan, requests } = key;
  return {
    secretSha256: key.secretSha256.toString('binary'),
    caller: { tenantId, keyId, scopes: new Set(key.scopes), plan, requests, isOperator: tenantId === operatorTenantId },
    expiresAtMs: key.expiresInMs === null ? Infinity : performance.now() + key.expiresInMs,
  };
}

function unauthorized(missing: boolean): Problem {
  return new Problem('unauthorized', {
    detail: missing ? 'Send an API key as "Authorization: Bearer <key>".' : 'This API key is not valid.',
  });
}
