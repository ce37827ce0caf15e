import type { BucketLimit, Breaker, TokenBuckets } from '@turno/redis';
import type { MaybeReady } from '@turno/runtime';
import { LRUCache } from 'lru-cache';
import {
  type LeasedBucket,
  newLeasedBucket,
  settle,
  spendLeased,
  type RateLimitStatus,
  statusOf,
  applyGrant,
  takeShare,
} from './leased-bucket.ts';

export interface Limiter {
  /**
   * Takes `cost` tokens of a bucket, all or none; at once when this process has leased a token.
   * Never throws, and waits no longer than the breaker allows.
   */
  take(id: string, limit: BucketLimit, cost?: number): MaybeReady<RateLimitStatus>;
  /** Returns the milliseconds for which the bucket has no token, as far as this process knows. Calls no store. */
  emptyForMs(id: string): number;
}

export interface LimiterDeps {
  buckets: TokenBuckets;
  breaker: Breaker;
  /** The number of API processes that share the buckets. */
  processes: () => number;
}

const bucketsMax = 50_000;
const leasedFrom = 200;
const leasedShare = 0.02;

/**
 * Creates token buckets that all API processes share.
 * Buckets under 200 tokens are exact. Of a larger bucket a process leases up to 2 % at a time, for one second, so that
 * most requests need no call of Redis; unspent tokens are given back. A burst may therefore exceed the capacity by 2 %
 * per process beyond the first. The long-run rate is exact, and so is the last tenth of the bucket.
 *
 * During an outage of Redis each process continues with its share, capacity ÷ processes, from the last known state.
 * Redis gets the spent tokens later. A capacity below the number of processes counts as one token per process.
 */
export function createLimiter(deps: LimiterDeps): Limiter {
  const cached = new LRUCache<string, LeasedBucket>({ max: bucketsMax });

  function leasedBucket(id: string, limit: BucketLimit): LeasedBucket {
    let bucket = cached.get(id);
    if (bucket === undefined) cached.set(id, (bucket = newLeasedBucket(limit)));
    const { capacity, refillPerSecond } = bucket.limit;
    if (capacity !== limit.capacity || refillPerSecond !== limit.refillPerSecond) bucket.emptyUntil = 0;
    bucket.limit = limit;
    return bucket;
  }

  return {
    take(id, limit, cost = 1) {
      const bucket = leasedBucket(id, limit);
      if (cost !== 1) return takeMany(deps, { id, cost }, bucket);
      return spendLeased(bucket) ? statusOf(bucket, true, oneToken) : takeOne(deps, id, bucket);
    },
    emptyForMs(id) {
      const bucket = cached.get(id);
      return bucket === undefined || bucket.leased > 0 ? 0 : Math.max(0, bucket.emptyUntil - performance.now());
    },
  };
}

const oneToken = { cost: 1, processes: 1 };

/** Takes one token. Takes during a call of Redis share the next call, so that a process never leases twice at once. */
async function takeOne(deps: LimiterDeps, id: string, bucket: LeasedBucket): Promise<RateLimitStatus> {
  bucket.waiting += 1;
  try {
    for (;;) {
      if (spendLeased(bucket)) return statusOf(bucket, true, oneToken);
      if (performance.now() < bucket.emptyUntil) return statusOf(bucket, false, oneToken);
      bucket.taking ??= takeForWaiting(deps, id, bucket).finally(() => {
        bucket.taking = undefined;
      });
      const granted = await bucket.taking;
      if (granted === undefined) return takeLocally(deps, bucket, 1);
      if (granted === 0) return statusOf(bucket, false, oneToken);
    }
  } finally {
    bucket.waiting -= 1;
  }
}

function takeForWaiting(deps: LimiterDeps, id: string, bucket: LeasedBucket): Promise<number | undefined> {
  const { capacity } = bucket.limit;
  const extra = capacity < leasedFrom ? 0 : Math.floor(capacity * leasedShare);
  return takeFromRedis(deps, bucket, { id, need: bucket.waiting, atLeast: 1, extra });
}

async function takeMany(
  deps: LimiterDeps,
  { id, cost }: { id: string; cost: number },
  bucket: LeasedBucket,
): Promise<RateLimitStatus> {
  const granted = await takeFromRedis(deps, bucket, { id, need: cost, atLeast: cost, extra: 0 });
  if (granted === undefined) return takeLocally(deps, bucket, cost);
  return statusOf(bucket, granted === cost, { cost, processes: 1 });
}

function takeLocally({ processes }: LimiterDeps, bucket: LeasedBucket, cost: number): RateLimitStatus {
  const take = { cost, processes: processes() };
  return statusOf(bucket, takeShare(bucket, take), take);
}

/**
 * Takes tokens from Redis.
 * Returns undefined during an outage. Granted tokens beyond `atLeast` become leased tokens.
 */
async function takeFromRedis(
  { buckets, breaker, processes }: LimiterDeps,
  bucket: LeasedBucket,
  wanted: { id: string; need: number; atLeast: number; extra: number },
): Promise<number | undefined> {
  const { owed, undo } = settle(bucket, processes());
  const answer = await breaker.run(() => buckets.take({ ...wanted, limit: bucket.limit, owed }), undefined);
  if (answer === undefined) undo();
  else applyGrant(bucket, answer, wanted.atLeast > 1 ? answer.granted : 0);
  return answer?.granted;
}
