import { openRedis, type RedisConstants } from '@turno/redis';
import type { ProcessLife } from '@turno/runtime';
import type { Config } from '../config.ts';

type Redis = ReturnType<typeof openRedis>;

export interface RedisConnections {
  /** Caches, token buckets, events and broadcasts. */
  cache: Redis;
  /** The Redis of the queues, which may be the same connection. */
  queue: Redis;
  /** Subscribed to signals and broadcasts. */
  signals: Redis;
}

/** Opens this process's connections to Redis. */
export function openRedisConnections(
  settings: Config,
  { closers, log }: ProcessLife,
  { timeoutMs }: RedisConstants,
): RedisConnections {
  const { REDIS_URL: queueUrl, CACHE_REDIS_URL: cacheUrl = queueUrl } = settings;
  const cache = openRedis({ url: cacheUrl, role: 'cache', log, timeoutMs });
  const queue = cacheUrl === queueUrl ? cache : openRedis({ url: queueUrl, role: 'cache', log, timeoutMs });
  const signals = openRedis({ url: cacheUrl, role: 'subscriber', log });
  closers.add('redis', () => [cache, queue, signals].forEach((redis) => redis.disconnect()));
  return { cache, queue, signals };
}
