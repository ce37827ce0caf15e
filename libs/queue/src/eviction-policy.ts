import { Redis } from 'ioredis';

const answerWithinMs = 2_000;

/**
 * What this Redis does when it is full, from INFO, which is open where CONFIG is forbidden. Undefined when it is away or does not
 * tell.
 */
export async function readEvictionPolicy(redisUrl: string): Promise<string | undefined> {
  const redis = new Redis(redisUrl, {
    lazyConnect: true,
    connectTimeout: answerWithinMs,
    commandTimeout: answerWithinMs,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  redis.on('error', () => {}); // the call below says so itself
  try {
    return /^maxmemory_policy:(\S+)/m.exec(await redis.info('memory'))?.[1];
  } catch {
    return undefined;
  } finally {
    redis.disconnect();
  }
}
