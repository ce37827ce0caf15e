import type { Log } from '@turno/runtime';
import { Redis } from 'ioredis';
import { redisConstants } from './redis-constants.ts';

/**
 * The use of a connection.
 * `cache`: commands fail after a short timeout and are never queued, since each caller can get the answer from
 * Postgres. `subscriber`: commands wait for Redis without limit, and subscriptions are restored after an outage.
 */
export type RedisRole = 'cache' | 'subscriber';

export interface RedisOptions {
  url: string;
  role: RedisRole;
  log: Log;
  /** The timeout of a command of a `cache` connection. */
  timeoutMs?: number;
}

const roleOptions = {
  cache: { enableOfflineQueue: false, maxRetriesPerRequest: 1 },
  subscriber: { maxRetriesPerRequest: null },
} as const;

/**
 * Opens a connection that reconnects for ever, every 500 ms at most.
 * An outage is logged once, as a warning.
 */
export function openRedis({ url, role, log, timeoutMs = redisConstants.timeoutMs }: RedisOptions): Redis {
  const redis = new Redis(url, {
    ...roleOptions[role],
    ...(role === 'cache' && { commandTimeout: timeoutMs }),
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
    if (away) log.info({ role, outage: 'over' }, 'Redis is back');
    away = false;
  });
  return redis;
}
