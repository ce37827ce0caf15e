import { newCacheCounts, type CacheCounts } from '@turno/runtime';
import type { Redis } from 'ioredis';
import { createBreaker } from './breaker.ts';

export interface JobCache {
  /** What was put; null: the job was erased; undefined: not there, too old, or Redis away. Never throws. */
  get(tenantId: string, jobId: string): Promise<string | null | undefined>;
  /** Keeps `text` unless a newer version is there already. Best effort, never throws. */
  put(entry: { tenantId: string; jobId: string; version: number; text: string }): Promise<void>;
  /** Leaves word that the job is gone, so that no `put` still under way brings it back. False: Redis did not take it. */
  erase(tenantId: string, jobId: string): Promise<boolean>;
}

const setIfNewer = `
local held = redis.call('GET', KEYS[1])
local version = held and string.match(held, '^(%d+) ')
if version and tonumber(version) >= tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1] .. ' ' .. ARGV[2], 'EX', ARGV[3])
return 1`;

export interface JobCacheOptions {
  prefix: string;
  seconds: number;
  /** Longer bodies are not kept. */
  bytesMax: number;
  counts?: CacheCounts;
}

/** The version after all others, and no body. */
const erased = `${2 ** 31 - 1} `;

/** Bodies of completed jobs in Redis. Keys carry the tenant. */
export function createJobCache(
  redis: Redis,
  { prefix, seconds, bytesMax, counts = newCacheCounts() }: JobCacheOptions,
): JobCache {
  const breaker = createBreaker(redis, { impatient: true }); // Postgres knows it all
  const keyOf = (tenantId: string, jobId: string) => `${prefix}:result:${tenantId}:${jobId}`;
  return {
    async get(tenantId, jobId) {
      const held = await breaker.run(() => redis.get(keyOf(tenantId, jobId)), undefined);
      if (held === undefined) return undefined; // nobody was asked
      counts[held === null ? 'misses' : 'hits'] += 1;
      return held === erased ? null : held?.slice(held.indexOf(' ') + 1);
    },
    async put({ tenantId, jobId, version, text }) {
      if (Buffer.byteLength(text) > bytesMax) return;
      const key = keyOf(tenantId, jobId);
      const kept = await breaker.run(() => redis.eval(setIfNewer, 1, key, version, text, seconds), undefined);
      if (kept === 0) counts.stale += 1;
    },
    async erase(tenantId, jobId) {
      const answer = await breaker.run(() => redis.set(keyOf(tenantId, jobId), erased, 'EX', seconds), null);
      return answer === 'OK';
    },
  };
}
