import type { QueueOptions } from 'bullmq';

export const queueNames = ['cpu', 'io'] as const;
export type QueueName = (typeof queueNames)[number];

/** Carries deliveries of webhooks, so that neither they nor jobs wait behind the other. */
export const webhookQueue = 'webhooks';

export interface QueueConnection {
  redisUrl: string;
  /** Keeps several installations apart in one Redis. */
  prefix: string;
}

const retryStrategy = (times: number) => Math.min(50 * times, 500);

/** A caller that fails fast: within 1 ms while Redis is down, 1 s while it hangs, well again 0.3 s after it is back. */
export const failFastConnection = {
  enableOfflineQueue: false,
  maxRetriesPerRequest: 1,
  commandTimeout: 1_000,
  connectTimeout: 2_000,
  retryStrategy,
};

export function failFastOptions({ redisUrl, prefix }: QueueConnection): QueueOptions {
  return {
    prefix: `${prefix}:bull`,
    connection: { url: redisUrl, ...failFastConnection },
    skipWaitingForReady: true,
    skipVersionCheck: true,
    skipMetasUpdate: true,
    streams: { events: { maxLen: 1_000 } },
  };
}

/** A consumer waits for Redis as long as it takes. Never give it a command timeout: its reads block by design. */
export function patientOptions({ redisUrl, prefix }: QueueConnection): QueueOptions {
  return { prefix: `${prefix}:bull`, connection: { url: redisUrl, maxRetriesPerRequest: null, retryStrategy } };
}
