import type { Redis } from 'ioredis';

const shards = 64;

export interface JobListener {
  /**
   * Calls `wake` whenever the job may have changed, until the returned function is called. Resolves when Redis has
   * subscribed us, or after `graceMs` without an answer: signals are a hint, whoever waits must read by himself too.
   */
  listen(jobId: string, wake: () => void): Promise<() => void>;
}

const graceMs = 100;

/** Tells whoever waits for this job that it changed. Best effort, never throws. */
export async function signalJob(redis: Redis, prefix: string, jobId: string): Promise<void> {
  if (redis.status !== 'ready') return;
  await redis.publish(channelOf(prefix, jobId), jobId).catch(() => 0);
}

/** Listens on sharded channels, each subscribed only while somebody waits for a job in it. */
export function createJobListener(subscriber: Redis, prefix: string): JobListener {
  const wakers = new Map<string, Map<string, Set<() => void>>>();
  subscriber.on('message', (channel: string, jobId: string) => {
    for (const wake of wakers.get(channel)?.get(jobId) ?? []) wake();
  });
  // A subscribe that failed while Redis was away is not repeated by the client itself.
  subscriber.on('ready', () => {
    if (wakers.size > 0) void subscriber.subscribe(...wakers.keys()).catch(() => 0);
  });
  return {
    async listen(jobId, wake) {
      const channel = channelOf(prefix, jobId);
      const known = wakers.get(channel);
      const jobs = known ?? new Map<string, Set<() => void>>();
      wakers.set(channel, jobs);
      jobs.set(jobId, (jobs.get(jobId) ?? new Set()).add(wake));
      if (known === undefined) await subscribeWithin(subscriber, channel);
      return () => {
        jobs.get(jobId)?.delete(wake);
        if (jobs.get(jobId)?.size === 0) jobs.delete(jobId);
        if (jobs.size > 0 || wakers.get(channel) !== jobs) return;
        wakers.delete(channel);
        if (subscriber.status === 'ready') void subscriber.unsubscribe(channel).catch(() => 0);
      };
    },
  };
}

async function subscribeWithin(subscriber: Redis, channel: string): Promise<void> {
  if (subscriber.status !== 'ready') return; // the ready handler subscribes
  let timer: NodeJS.Timeout | undefined;
  const grace = new Promise((resolve) => {
    timer = setTimeout(resolve, graceMs);
  });
  await Promise.race([subscriber.subscribe(channel).catch(() => 0), grace]);
  clearTimeout(timer);
}

function channelOf(prefix: string, jobId: string): string {
  let hash = 0;
  for (let index = jobId.length - 4; index < jobId.length; index += 1) hash = (hash * 31 + jobId.charCodeAt(index)) | 0;
  return `${prefix}:signal:${(hash >>> 0) % shards}`;
}
