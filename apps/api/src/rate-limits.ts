import { Problem, type Plan } from '@turno/contract';
import type { Catalogue } from '@turno/kinds';
import { toClientNetwork } from '@turno/runtime';
import type { BucketLimit } from '@turno/redis';
import type { Attempt, Caller, Limiter, RateLimitStatus } from '@turno/tenants';
import type { Request } from 'express';
import type { Authenticate } from './authenticate.ts';
import { addRateLimit } from './http/response/rate-limit-headers.ts';

export interface RateLimitDeps {
  limiter: Limiter;
  letIn: (attempt: Attempt) => Promise<Caller>;
}

/** Lets a request in by its key and takes a token of that key's bucket; its answer says how the bucket stands, whatever it is. */
export function createRateLimit({ limiter, letIn }: RateLimitDeps): Authenticate {
  const limits = new WeakMap<Plan, BucketLimit>();
  return async (req) => {
    const caller = await letIn({ authorization: req.headers.authorization, address: () => addressOf(req) });
    const { bucketCapacity: capacity, refillPerSecond } = caller.plan;
    if (capacity === null || refillPerSecond === null) return caller;
    const limit = limits.get(caller.plan) ?? { capacity, refillPerSecond };
    limits.set(caller.plan, limit);
    applyStatus(req, 'default', await limiter.take(`key:${caller.keyId}`, limit));
    return caller;
  };
}

/** How many jobs of one kind somebody submits at once. */
export interface KindCount {
  kind: string;
  count: number;
}

export type LimitKind = (req: Request, caller: Caller, submitted: KindCount) => Promise<void>;

/** Takes as many tokens as jobs are submitted, all or none, from the bucket that this key has for this kind, if its kind has such. */
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

function applyStatus(req: Request, name: string, standing: RateLimitStatus): void {
  addRateLimit(req.exchange.headers, name, standing);
  if (standing.allowed) return;
  const retryAfterSeconds = Math.max(1, Math.ceil(standing.waitMs / 1_000));
  const what = name === 'default' ? 'with this key' : `of ${name} with this key`;
  throw new Problem('rate-limited', {
    detail: `Too many requests ${what}: at most ${standing.limit.capacity} at once, then as RateLimit-Policy says.`,
    retryAfterSeconds,
  });
}

/** What stands in a header is believed only as far as TRUST_PROXY goes; what a trusted proxy passes on may still be no address. */
function addressOf(req: Request): string {
  return toClientNetwork(req.ip ?? '') ?? toClientNetwork(req.socket.remoteAddress ?? '') ?? 'unknown';
}
