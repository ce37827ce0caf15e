import type { TokenGrant, BucketLimit } from '@turno/redis';

/** How a bucket stands for who just asked. */
export interface RateLimitStatus {
  limit: BucketLimit;
  allowed: boolean;
  /** Whole tokens that are left. */
  left: number;
  /** Milliseconds until it is full again. */
  fullInMs: number;
  /** Milliseconds until what was refused would be allowed. 0 when it was allowed. */
  waitMs: number;
}

/** What this process knows of one bucket. Times are of its monotonic clock. */
export interface LeasedBucket {
  limit: BucketLimit;
  /** When the bucket will be full, by all that is known. Leased tokens count as taken. */
  fullAt: number;
  /** Nobody else puts tokens in: until then a refusal needs no question. */
  emptyUntil: number;
  /** Tokens taken from Redis and not spent. */
  leased: number;
  leasedUntil: number;
  /** Tokens spent without Redis, which it has not heard of. */
  spent: number;
  /** Those who wait for tokens from Redis, and the question under way. */
  waiting: number;
  asking: Promise<number | undefined> | undefined;
}

/** What was leased and not spent within this time is given back. */
const leaseMs = 1_000;
/** In tokens: rounding must not cost anyone a whole one. */
const rounding = 0.001;

export function newLeasedBucket(limit: BucketLimit): LeasedBucket {
  return { limit, fullAt: 0, emptyUntil: 0, leased: 0, leasedUntil: 0, spent: 0, waiting: 0, asking: undefined };
}

/** With several `processes`, of this one's share: it drips at its share of the speed, so that it is full when the bucket is. */
export interface Taking {
  cost: number;
  processes: number;
}

export function statusOf(held: LeasedBucket, allowed: boolean, { cost, processes }: Taking): RateLimitStatus {
  const { limit } = held;
  const perToken = msPerToken(limit) * processes;
  const share = shareOf(limit, { cost, processes });
  const lackMs = Math.max(0, held.fullAt - performance.now() - held.leased * perToken);
  const left = Math.max(0, Math.floor(share - lackMs / perToken + rounding));
  return {
    limit,
    allowed,
    left,
    fullInMs: lackMs,
    waitMs: allowed ? 0 : Math.max(0, lackMs - (share - cost) * perToken),
  };
}

/** True and one token less, when there is a leased one. */
export function spendLeased(held: LeasedBucket): boolean {
  if (held.leased === 0 || performance.now() >= held.leasedUntil) return false;
  held.leased -= 1;
  return true;
}

/** What Redis is to be told: tokens spent without it, less those leased and not spent. They are no longer held here then. */
export function settle(held: LeasedBucket, processes: number): { owed: number; undo: () => void } {
  const { spent, leased } = held;
  const lacking = Math.max(0, held.fullAt - performance.now()) / (msPerToken(held.limit) * processes);
  Object.assign(held, { spent: 0, leased: 0 });
  const undo = () => void ((held.spent += spent), (held.leased += leased));
  return { owed: Math.min(spent, lacking) - leased, undo };
}

/** Takes in what Redis said, `used` tokens of it being spent already. */
export function takeIn(held: LeasedBucket, { granted, lackMs }: TokenGrant, used: number): void {
  const now = performance.now();
  held.fullAt = now + lackMs;
  held.leased += granted - used;
  held.leasedUntil = now + leaseMs;
  held.emptyUntil = held.fullAt - (held.limit.capacity - 1) * msPerToken(held.limit);
}

/** Takes from this process's share. The share is never too small for what is asked: otherwise many processes would shut out all. */
export function takeShare(held: LeasedBucket, { cost, processes }: Taking): boolean {
  const now = performance.now();
  const perToken = msPerToken(held.limit) * processes;
  const lackMs = Math.max(0, held.fullAt - now) + cost * perToken;
  if (lackMs > (shareOf(held.limit, { cost, processes }) + rounding) * perToken) return false;
  held.fullAt = now + lackMs;
  held.spent += cost;
  return true;
}

function shareOf({ capacity }: BucketLimit, { cost, processes }: Taking): number {
  return Math.max(cost, capacity / processes);
}

function msPerToken({ refillPerSecond }: BucketLimit): number {
  return 1_000 / refillPerSecond;
}
