import type { Log } from '@turno/runtime';
import { Redis } from 'ioredis';

/**
 * `cache`: fails within 100 ms and never queues, since whoever asks has a slower way to the same answer.
 * `subscriber`: waits for ever and subscribes again by itself.
 */
export type RedisRole = 'cache' | 'subscriber';

export interface RedisOptions {
  url: string;
  role: RedisRole;
  log: Log;
}

const roleOptions = {
  cache: { enableOfflineQueue: false, maxRetriesPerRequest: 1, commandTimeout: 100 },
  subscriber: { maxRetriesPerRequest: null },
} as const;

/** Opens a connection that never gives up. Redis being away is logged once per outage, and is not an error of ours. */
export function openRedis({ url, role, log }: RedisOptions): Redis {
  const redis = new Redis(url, {
    ...roleOptions[role],
    enableAutoPipelining: role === 'cache',
    connectTimeout: 2_000,
    retryStrategy: (times) => Math.min(50 * times, 500),
  });
  let away = false;
  redis.on('error', (error) => {
    if (!away) log.warn({ reason: error.message, role }, 'Redis is away');
    away = true;
  });
  redis.on('ready', () => {
    if (away) log.info({ role }, 'Redis is back');
    away = false;
  });
  return redis;
}
