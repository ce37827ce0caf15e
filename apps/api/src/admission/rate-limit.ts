import { Problem } from '@turno/contract';
import type { Catalogue } from '@turno/kinds';
import type { BucketLimit } from '@turno/redis';
import { type MaybeReady, whenReady } from '@turno/runtime';
import type { Caller, Limiter, RateLimitStatus } from '@turno/tenants';
import type { Request } from 'express';
import { addRateLimit } from '../http/response/rate-limit-headers.ts';

/**
 * Takes a token of the key's bucket.
 * The answer carries the bucket's status. Throws `rate-limited`.
 */
export type RateLimit = (req: Request, caller: Caller) => MaybeReady<void>;

/** Makes the rate limit of all requests. A plan without a bucket has none. */
export function createRateLimit(limiter: Limiter): RateLimit {
  /** A caller lives as long as its key is cached. */
  const buckets = new WeakMap<Caller, Bucket>();
  return (req, caller) => {
    let bucket = buckets.get(caller);
    if (bucket === undefined) buckets.set(caller, (bucket = bucketOf(caller)));
    const { id, limit } = bucket;
    if (limit === undefined) return;
    return whenReady(limiter.take(id, limit), (status) => applyStatus(req, 'default', status));
  };
}

interface Bucket {
  id: string;
  /** Undefined: the plan has no bucket. */
  limit: BucketLimit | undefined;
}

function bucketOf({ keyId, plan }: Caller): Bucket {
  const { bucketCapacity: capacity, refillPerSecond } = plan;
  const limit = capacity === null || refillPerSecond === null ? undefined : { capacity, refillPerSecond };
  return { id: `key:${keyId}`, limit };
}

/** How many jobs of one kind a request submits. */
export interface KindCount {
  kind: string;
  count: number;
}

export type LimitKind = (req: Request, caller: Caller, submitted: KindCount) => MaybeReady<void>;

/**
 * Makes the function that takes a token for each job, all or none.
 * Only kinds with a rate limit have a bucket per key.
 */
export function createKindLimit(limiter: Limiter, catalogue: Catalogue): LimitKind {
  return (req, caller, { kind, count }) => {
    const perMinute = catalogue.get(kind)?.limits.ratePerMinute ?? null;
    if (perMinute === null) return;
    if (count > perMinute) {
      throw new Problem('invalid-request', { detail: `At most ${perMinute} jobs of ${kind} may come at once.` });
    }
    const limit = { capacity: perMinute, refillPerSecond: perMinute / 60 };
    const taken = limiter.take(`key:${caller.keyId}:${kind}`, limit, count);
    return whenReady(taken, (status) => applyStatus(req, kind, status));
  };
}

/** Takes a token for each webhook origin that a tenant names for the first time. Throws `rate-limited`. */
export type LimitOrigins = (tenantId: string, count: number) => Promise<void>;

/** A new origin costs a name lookup and a row that stays for the retention. */
const originLimit: BucketLimit = { capacity: 500, refillPerSecond: 1 };

/** Makes the limit of new webhook origins, for all keys of a tenant together. */
export function createOriginLimit(limiter: Limiter): LimitOrigins {
  return async (tenantId, count) => {
    const { allowed, waitMs } = await limiter.take(`origins:${tenantId}`, originLimit, count);
    if (allowed) return;
    throw new Problem('rate-limited', {
      detail: `The tenant has named too many new webhook origins: ${originLimit.capacity}, then one per second.`,
      retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1_000)),
    });
  };
}

function applyStatus(req: Request, name: string, status: RateLimitStatus): void {
  addRateLimit(req.context.headers, name, status);
  if (status.allowed) return;
  const retryAfterSeconds = Math.max(1, Math.ceil(status.waitMs / 1_000));
  const what = name === 'default' ? 'with this key' : `of ${name} with this key`;
  throw new Problem('rate-limited', {
    detail: `Too many requests ${what}: at most ${status.limit.capacity} at once, then as RateLimit-Policy says.`,
    retryAfterSeconds,
  });
}
