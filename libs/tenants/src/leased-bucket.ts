import type { TokenGrant, BucketLimit } from '@turno/redis';

/** The state of a token bucket after a take. */
export interface RateLimitStatus {
  limit: BucketLimit;
  allowed: boolean;
  /** The whole tokens that are left. */
  left: number;
  /** Milliseconds until the bucket is full again. */
  fullInMs: number;
  /** Milliseconds until a rejected take would be allowed; 0 for an allowed one. */
  waitMs: number;
}

/** The state of one bucket in this process. Times are of its monotonic clock. */
export interface LeasedBucket {
  limit: BucketLimit;
  /** The time at which the bucket will be full, as far as this process knows. Leased tokens count as taken. */
  fullAt: number;
  /** The bucket has no token before this time, so that a take is rejected without a call of Redis. */
  emptyUntil: number;
  /** Tokens taken from Redis and not spent yet. */
  leased: number;
  leasedUntil: number;
  /** Tokens spent during an outage of Redis, which Redis does not know of. */
  spent: number;
  /** The number of takes that wait for tokens, and the call of Redis that is under way. */
  waiting: number;
  taking: Promise<number | undefined> | undefined;
}

/** Leased tokens that are not spent within this time are given back. */
const leaseMs = 1_000;
/** In tokens: a rounding error must not cost a whole token. */
const rounding = 0.001;

/** Creates the state of a bucket that this process has not used yet. */
export function newLeasedBucket(limit: BucketLimit): LeasedBucket {
  return { limit, fullAt: 0, emptyUntil: 0, leased: 0, leasedUntil: 0, spent: 0, waiting: 0, taking: undefined };
}

/** One take. With several `processes` it is from this process's share, which refills at its share of the speed. */
export interface Take {
  cost: number;
  processes: number;
}

/** Computes the status of a bucket for the headers of an answer. */
export function statusOf(bucket: LeasedBucket, allowed: boolean, { cost, processes }: Take): RateLimitStatus {
  const { limit } = bucket;
  const perToken = msPerToken(limit) * processes;
  const share = shareOf(limit, { cost, processes });
  const lackMs = Math.max(0, bucket.fullAt - performance.now() - bucket.leased * perToken);
  const left = Math.max(0, Math.floor(share - lackMs / perToken + rounding));
  return {
    limit,
    allowed,
    left,
    fullInMs: lackMs,
    waitMs: allowed ? 0 : Math.max(0, lackMs - (share - cost) * perToken),
  };
}

/** Spends one leased token. Returns false when there is none. */
export function spendLeased(bucket: LeasedBucket): boolean {
  if (bucket.leased === 0 || performance.now() >= bucket.leasedUntil) return false;
  bucket.leased -= 1;
  return true;
}

/**
 * Computes the debt to Redis: tokens spent without it, less unspent leased tokens.
 * Both counts of this process become 0. `undo` restores them when the call of Redis fails.
 */
export function settle(bucket: LeasedBucket, processes: number): { owed: number; undo: () => void } {
  const { spent, leased } = bucket;
  const missing = Math.max(0, bucket.fullAt - performance.now()) / (msPerToken(bucket.limit) * processes);
  Object.assign(bucket, { spent: 0, leased: 0 });
  const undo = () => void ((bucket.spent += spent), (bucket.leased += leased));
  return { owed: Math.min(spent, missing) - leased, undo };
}

/** Applies the answer of Redis. `used` of its tokens are spent already. */
export function applyGrant(bucket: LeasedBucket, { granted, lackMs }: TokenGrant, used: number): void {
  const now = performance.now();
  bucket.fullAt = now + lackMs;
  bucket.leased += granted - used;
  bucket.leasedUntil = now + leaseMs;
  bucket.emptyUntil = bucket.fullAt - (bucket.limit.capacity - 1) * msPerToken(bucket.limit);
}

/**
 * Takes from this process's share during an outage of Redis.
 * The share is at least `cost`: with many processes every take would fail otherwise.
 */
export function takeShare(bucket: LeasedBucket, { cost, processes }: Take): boolean {
  const now = performance.now();
  const perToken = msPerToken(bucket.limit) * processes;
  const lackMs = Math.max(0, bucket.fullAt - now) + cost * perToken;
  if (lackMs > (shareOf(bucket.limit, { cost, processes }) + rounding) * perToken) return false;
  bucket.fullAt = now + lackMs;
  bucket.spent += cost;
  return true;
}

function shareOf({ capacity }: BucketLimit, { cost, processes }: Take): number {
  return Math.max(cost, capacity / processes);
}

function msPerToken({ refillPerSecond }: BucketLimit): number {
  return 1_000 / refillPerSecond;
}
