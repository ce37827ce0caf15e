import type { BucketLimit, Breaker, TokenBuckets } from '@turno/redis';
import { LRUCache } from 'lru-cache';
import {
  type LeasedBucket,
  newLeasedBucket,
  settle,
  spendLeased,
  type RateLimitStatus,
  statusOf,
  takeIn,
  takeShare,
} from './leased-bucket.ts';

export interface Limiter {
  /** Takes `cost` tokens of this bucket, all or none. Never throws, and never waits longer than the breaker lets it. */
  take(id: string, limit: BucketLimit, cost?: number): Promise<RateLimitStatus>;
  /** Milliseconds for which this bucket has no token, by what this process knows without asking. */
  emptyForMs(id: string): number;
}

export interface LimiterDeps {
  buckets: TokenBuckets;
  breaker: Breaker;
  /** API processes that share the buckets. */
  processes: () => number;
}

const bucketsMax = 50_000;
const leasedFrom = 200;
const leasedShare = 0.02;

/**
 * Token buckets shared by all API processes. Buckets under 200 tokens are exact. Of larger ones a process leases up to 2 % at a time,
 * for a second, so that most requests need no round trip; unspent ones are given back. A burst may thus exceed the capacity by 2 %
 * for each process but the one that serves it; the long-run rate stays exact, and so does the last tenth of the bucket.
 *
 * Without Redis each process goes on with its share, capacity ÷ processes, from where the bucket stood; what it spends is told to
 * Redis later. A capacity below the number of processes then counts as one token each.
 */
export function createLimiter(deps: LimiterDeps): Limiter {
  const known = new LRUCache<string, LeasedBucket>({ max: bucketsMax });

  function leasedBucket(id: string, limit: BucketLimit): LeasedBucket {
    let held = known.get(id);
    if (held === undefined) known.set(id, (held = newLeasedBucket(limit)));
    const { capacity, refillPerSecond } = held.limit;
    if (capacity !== limit.capacity || refillPerSecond !== limit.refillPerSecond) held.emptyUntil = 0;
    held.limit = limit;
    return held;
  }

  return {
    take(id, limit, cost = 1) {
      const held = leasedBucket(id, limit);
      return cost === 1 ? takeOne(deps, id, held) : takeMany(deps, { id, cost }, held);
    },
    emptyForMs(id) {
      const held = known.get(id);
      return held === undefined || held.leased > 0 ? 0 : Math.max(0, held.emptyUntil - performance.now());
    },
  };
}

/** All who come while Redis is asked share the next question, so that a process never leases twice. */
async function takeOne(deps: LimiterDeps, id: string, held: LeasedBucket): Promise<RateLimitStatus> {
  const taking = { cost: 1, processes: 1 };
  held.waiting += 1;
  try {
    for (;;) {
      if (spendLeased(held)) return statusOf(held, true, taking);
      if (performance.now() < held.emptyUntil) return statusOf(held, false, taking);
      held.asking ??= askForAll(deps, id, held).finally(() => {
        held.asking = undefined;
      });
      const granted = await held.asking;
      if (granted === undefined) return takeLocally(deps, held, 1);
      if (granted === 0) return statusOf(held, false, taking);
    }
  } finally {
    held.waiting -= 1;
  }
}

function askForAll(deps: LimiterDeps, id: string, held: LeasedBucket): Promise<number | undefined> {
  const { capacity } = held.limit;
  const extra = capacity < leasedFrom ? 0 : Math.floor(capacity * leasedShare);
  return ask(deps, held, { id, need: held.waiting, atLeast: 1, extra });
}

async function takeMany(
  deps: LimiterDeps,
  { id, cost }: { id: string; cost: number },
  held: LeasedBucket,
): Promise<RateLimitStatus> {
  const granted = await ask(deps, held, { id, need: cost, atLeast: cost, extra: 0 });
  if (granted === undefined) return takeLocally(deps, held, cost);
  return statusOf(held, granted === cost, { cost, processes: 1 });
}

function takeLocally({ processes }: LimiterDeps, held: LeasedBucket, cost: number): RateLimitStatus {
  const taking = { cost, processes: processes() };
  return statusOf(held, takeShare(held, taking), taking);
}

/** Undefined when Redis cannot be asked. What is granted beyond what `atLeast` uses up lies in the lease then. */
async function ask(
  { buckets, breaker, processes }: LimiterDeps,
  held: LeasedBucket,
  wanted: { id: string; need: number; atLeast: number; extra: number },
): Promise<number | undefined> {
  const { owed, undo } = settle(held, processes());
  const answer = await breaker.run(() => buckets.take({ ...wanted, limit: held.limit, owed }), undefined);
  if (answer === undefined) undo();
  else takeIn(held, answer, wanted.atLeast > 1 ? answer.granted : 0);
  return answer?.granted;
}
