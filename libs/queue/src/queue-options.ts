import type { QueueOptions } from 'bullmq';
import { bullPrefix } from './bullmq-layout.ts';

/** The queue of deliveries, apart from those of jobs: a backlog of one kind does not delay the other. */
export const webhookQueue = 'webhooks';

/** The Redis that holds the queues. */
export interface QueueConnection {
  redisUrl: string;
  /** Separates installations that share one Redis. */
  prefix: string;
}

const retryStrategy = (times: number) => Math.min(50 * times, 500);

/**
 * Connection options that fail fast: within 1 ms while Redis is down, 1 s while it hangs;
 * 0.3 s after its return calls work.
 */
export const failFastConnection = {
  enableOfflineQueue: false,
  maxRetriesPerRequest: 1,
  commandTimeout: 1_000,
  connectTimeout: 2_000,
  retryStrategy,
};

/** Returns the options of a queue whose calls fail fast. */
export function producerOptions({ redisUrl, prefix }: QueueConnection): QueueOptions {
  return {
    prefix: bullPrefix(prefix),
    connection: { url: redisUrl, ...failFastConnection },
    skipWaitingForReady: true,
    skipVersionCheck: true,
    skipMetasUpdate: true,
    streams: { events: { maxLen: 1_000 } },
  };
}

/**
 * Returns the options of a consumer, which waits for Redis without limit.
 * It has no command timeout: its reads block by design.
 */
export function consumerOptions({ redisUrl, prefix }: QueueConnection): QueueOptions {
  return { prefix: bullPrefix(prefix), connection: { url: redisUrl, maxRetriesPerRequest: null, retryStrategy } };
}
