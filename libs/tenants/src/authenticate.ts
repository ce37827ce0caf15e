import { Problem, type Plan } from '@turno/contract';
import { withStatementTimeout, findApiKey, type Postgres, type ValidKey } from '@turno/postgres';
import { type CacheCounts, newCacheCounts } from '@turno/runtime';
import { LRUCache } from 'lru-cache';
import { parseApiKey, sameSecret } from './api-key.ts';
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

/** Returns the caller of an `Authorization` header, or throws a Problem. */
export type Authenticate = (authorization: string | undefined) => Promise<Caller>;

interface CachedKey {
  key: ValidKey;
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
  const cache = new LRUCache<string, { found: CachedKey | undefined }>({
    max: 10_000,
    ttl: keyChangeMs - readTimeoutMs,
    fetchMethod: async (id) => {
      const key = await withStatementTimeout(readTimeoutMs, findApiKey(postgres.sql, id));
      return { found: key && toCachedKey(key) };
    },
  });
  return async (authorization) => {
    const presented = parseApiKey(bearerOf(authorization));
    if (presented === undefined) throw unauthorized(authorization === undefined);
    const status: LRUCache.Status<string, { found: CachedKey | undefined }> = {};
    const reading = cache.fetch(presented.id, { status });
    counts[countOf(status.fetch)] += 1;
    const entry = await reading.catch((cause: unknown) => {
      throw new Problem('store-unavailable', { retryAfterSeconds: 2, cause });
    });
    const found = entry?.found;
    if (!found || !sameSecret(found.key.secretSha256, presented.secretSha256)) throw unauthorized(false);
    if (performance.now() >= found.expiresAtMs) throw unauthorized(false);
    return found.caller;
  };
}

/** Returns the token of a `Bearer` header; an empty text for a header of another form. */
export function bearerOf(authorization: string | undefined): string {
  return /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1] ?? '';
}

function countOf(found: LRUCache.Status<string, unknown>['fetch']): keyof CacheCounts {
  if (found === 'hit') return 'hits';
  if (found === 'inflight') return 'shared';
  return found === 'stale' ? 'stale' : 'misses';
}

function toCachedKey(key: ValidKey): CachedKey {
  const { id: keyId, tenantId, plan, requests } = key;
  return {
    key,
    caller: { tenantId, keyId, scopes: new Set(key.scopes), plan, requests, isOperator: tenantId === operatorTenantId },
    expiresAtMs: key.expiresInMs === null ? Infinity : performance.now() + key.expiresInMs,
  };
}

function unauthorized(missing: boolean): Problem {
  return new Problem('unauthorized', {
    detail: missing ? 'Send an API key as "Authorization: Bearer <key>".' : 'This API key is not valid.',
  });
}
