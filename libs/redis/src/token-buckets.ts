import type { Callback, Redis, Result } from 'ioredis';

export interface BucketLimit {
  /** Tokens of a full bucket: what may be taken at once. */
  capacity: number;
  refillPerSecond: number;
}

export interface BucketAsk {
  id: string;
  limit: BucketLimit;
  /** Tokens wanted now; fewer are given when there are fewer, down to `atLeast`, and below that none. */
  need: number;
  atLeast: number;
  /** Further tokens, for later; given only while a tenth of the bucket stays. */
  extra: number;
  /** Tokens to take first, whether they are there or not; negative ones are given back. */
  owed: number;
}

export interface BucketAnswer {
  granted: number;
  /** Milliseconds until the bucket is full again. What it lacks, as time. */
  lackMs: number;
  /** Redis's own time of this answer, in microseconds. */
  atUs: number;
}

export interface TokenBuckets {
  /** One step that nothing comes between. Rejects when Redis is away. */
  take(ask: BucketAsk): Promise<BucketAnswer>;
}

/**
 * A bucket is kept as one number: the moment at which it will be full. A bucket that is full needs no key, so the key expires at
 * that very moment. The clock is Redis's own: that of no process matters. When it is set back, a bucket counts as empty at worst.
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

/** Token buckets that all processes share. Ids carry the tenant or the key; Redis forgets them by itself once they are full. */
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
