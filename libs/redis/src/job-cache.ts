import { newCacheCounts, type CacheCounts } from '@turno/runtime';
import type { Redis } from 'ioredis';
import { createBreaker } from './breaker.ts';

export interface JobCache {
  /**
   * Returns the cached text; null: the job was erased; undefined: not cached, or Redis is away.
   * Never throws.
   */
  get(tenantId: string, jobId: string): Promise<string | null | undefined>;
  /** Stores `text` unless the same or a newer version is there. Best effort, never throws. */
  put(entry: { tenantId: string; jobId: string; version: number; text: string }): Promise<void>;
  /**
   * Marks the job as erased, so that a `put` under way cannot bring it back.
   * False: Redis did not store the mark.
   */
  erase(tenantId: string, jobId: string): Promise<boolean>;
}

const setIfNewer = `
local stored = redis.call('GET', KEYS[1])
local version = stored and string.match(stored, '^(%d+) ')
if version and tonumber(version) >= tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1] .. ' ' .. ARGV[2], 'EX', ARGV[3])
return 1`;

export interface JobCacheOptions {
  prefix: string;
  seconds: number;
  /** Longer texts are not cached. */
  bytesMax: number;
  counts?: CacheCounts;
}

/** A version above all others, so that `setIfNewer` never replaces the mark, and no body. */
const erased = `${2 ** 31 - 1} `;

/**
 * Creates the cache of completed jobs in Redis.
 * The tenant is part of each key, so an id alone reads nothing.
 */
export function createJobCache(
  redis: Redis,
  { prefix, seconds, bytesMax, counts = newCacheCounts() }: JobCacheOptions,
): JobCache {
  const breaker = createBreaker(redis, { giveUpWhenSlow: true }); // Postgres has every answer too
  const keyOf = (tenantId: string, jobId: string) => `${prefix}:result:${tenantId}:${jobId}`;
  return {
    async get(tenantId, jobId) {
      const stored = await breaker.run(() => redis.get(keyOf(tenantId, jobId)), undefined);
      if (stored === undefined) return undefined; // Redis was not reached, so this is neither a hit nor a miss
      counts[stored === null ? 'misses' : 'hits'] += 1;
      return stored === erased ? null : stored?.slice(stored.indexOf(' ') + 1);
    },
    async put({ tenantId, jobId, version, text }) {
      if (Buffer.byteLength(text) > bytesMax) return;
      const key = keyOf(tenantId, jobId);
      const written = await breaker.run(() => redis.eval(setIfNewer, 1, key, version, text, seconds), undefined);
      if (written === 0) counts.stale += 1;
    },
    async erase(tenantId, jobId) {
      const answer = await breaker.run(() => redis.set(keyOf(tenantId, jobId), erased, 'EX', seconds), null);
      return answer === 'OK';
    },
  };
}
