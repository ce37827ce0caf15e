import type { Callback, Redis, Result } from 'ioredis';

export interface BucketLimit {
  /** Tokens of a full bucket, which is the largest burst. */
  capacity: number;
  refillPerSecond: number;
}

export interface TokenRequest {
  id: string;
  limit: BucketLimit;
  /**
   * Tokens wanted now.
   * With fewer in the bucket, all of these are granted down to `atLeast`, and below that none.
   */
  need: number;
  atLeast: number;
  /** Further tokens to lease for later; granted only if a tenth of the bucket is left. */
  extra: number;
  /**
   * Tokens that were spent already and are taken first, below zero if need be.
   * A negative number returns tokens.
   */
  owed: number;
}

export interface TokenGrant {
  granted: number;
  /** Milliseconds until the bucket is full again. */
  lackMs: number;
  /** Redis's own time of this grant, in microseconds. */
  atUs: number;
}

export interface TokenBuckets {
  /** Takes tokens atomically. Rejects when Redis is away. */
  take(request: TokenRequest): Promise<TokenGrant>;
}

/**
 * Stores a bucket as one number: the time at which it will be full.
 * The key expires at that time, since a full bucket needs none. Redis's own clock decides, so clocks of processes may
 * differ. When that clock is set back, a bucket counts as empty at worst.
 */
const takeScript = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local capacity, need, atLeast, extra = tonumber(ARGV[1]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local perToken = 1000000 / tonumber(ARGV[2])
local most = capacity * perToken
local lack = math.max(0, (redis.call('GET', KEYS[1]) or 0) - now) + ARGV[6] * perToken
lack = math.max(0, math.min(lack, most))
local left = math.floor((most - lack) / perToken + 0.001)
local granted = math.min(need, left)
if granted < atLeast then granted = 0 end
if granted == need and left - need - extra >= capacity / 10 then granted = need + extra end
lack = lack + granted * perToken
if lack > 0 then
  redis.call('SET', KEYS[1], string.format('%.0f', now + lack), 'PX', math.ceil(lack / 1000))
else
  redis.call('DEL', KEYS[1])
end
return {granted, math.ceil(lack), string.format('%.0f', now)}`;

declare module 'ioredis' {
  interface RedisCommander<Context> {
    takeTokens(
      key: string,
      ...numbers: [...numbers: number[], callback: Callback<[number, number, string]>] | number[]
    ): Result<[number, number, string], Context>;
  }
}

/**
 * Creates token buckets that all processes share.
 * An id names the tenant or the key; a full bucket uses no memory in Redis.
 */
export function createTokenBuckets(redis: Redis, prefix: string): TokenBuckets {
  redis.defineCommand('takeTokens', { numberOfKeys: 1, lua: takeScript });
  return {
    async take({ id, limit: { capacity, refillPerSecond }, need, atLeast, extra, owed }) {
      const numbers = [capacity, refillPerSecond, need, atLeast, extra, owed];
      const [granted, lackUs, atUs] = await redis.takeTokens(`${prefix}:bucket:${id}`, ...numbers);
      return { granted, lackMs: lackUs / 1_000, atUs: Number(atUs) };
    },
  };
}
