import { Redis } from 'ioredis';

const timeoutMs = 2_000;

/**
 * Reads a Redis's maxmemory-policy.
 * Undefined when Redis is unreachable or does not report it. INFO is allowed where CONFIG is forbidden.
 */
export async function readEvictionPolicy(redisUrl: string): Promise<string | undefined> {
  const redis = new Redis(redisUrl, {
    lazyConnect: true,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  redis.on('error', () => {}); // the call below rejects with the same error
  try {
    return /^maxmemory_policy:(\S+)/m.exec(await redis.info('memory'))?.[1];
  } catch {
    return undefined;
  } finally {
    redis.disconnect();
  }
}
