import { Problem, type Plan } from '@turno/contract';
import type { Catalogue } from '@turno/kinds';
import { toClientNetwork } from '@turno/runtime';
import type { BucketLimit } from '@turno/redis';
import type { Attempt, Caller, Limiter, RateLimitStatus } from '@turno/tenants';
import type { Request } from 'express';
import type { Authenticate } from './authorize.ts';
import { addRateLimit } from './http/response/rate-limit-headers.ts';

export interface RateLimitDeps {
  limiter: Limiter;
  /** Finds the caller of a key; its failed attempts are limited by address. */
  authenticate: (attempt: Attempt) => Promise<Caller>;
}

/**
 * Makes the function that finds a request's caller and takes a token of the key's bucket.
 * Every answer carries the bucket's status.
 */
export function createRateLimit({ limiter, authenticate }: RateLimitDeps): Authenticate {
  const limits = new WeakMap<Plan, BucketLimit>();
  return async (req) => {
    const caller = await authenticate({ authorization: req.headers.authorization, address: () => addressOf(req) });
    const { bucketCapacity: capacity, refillPerSecond } = caller.plan;
    if (capacity === null || refillPerSecond === null) return caller;
    const limit = limits.get(caller.plan) ?? { capacity, refillPerSecond };
    limits.set(caller.plan, limit);
    applyStatus(req, 'default', await limiter.take(`key:${caller.keyId}`, limit));
    return caller;
  };
}

/** How many jobs of one kind a request submits. */
export interface KindCount {
  kind: string;
  count: number;
}

export type LimitKind = (req: Request, caller: Caller, submitted: KindCount) => Promise<void>;

/**
 * Makes the function that takes a token for each job, all or none. Only kinds with a rate limit have a bucket per key.
 */
export function createKindLimit(limiter: Limiter, catalogue: Catalogue): LimitKind {
  return async (req, caller, { kind, count }) => {
    const perMinute = catalogue.get(kind)?.limits.ratePerMinute ?? null;
    if (perMinute === null) return;
    if (count > perMinute) {
      throw new Problem('invalid-request', { detail: `At most ${perMinute} jobs of ${kind} may come at once.` });
    }
    const limit = { capacity: perMinute, refillPerSecond: perMinute / 60 };
    applyStatus(req, kind, await limiter.take(`key:${caller.keyId}:${kind}`, limit, count));
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

/**
 * Returns the client's address.
 * TRUST_PROXY decides which header is believed; a trusted proxy may still pass on no address.
 */
function addressOf(req: Request): string {
  return toClientNetwork(req.ip ?? '') ?? toClientNetwork(req.socket.remoteAddress ?? '') ?? 'unknown';
}
