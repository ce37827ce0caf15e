import { withTimeout } from '@turno/runtime';
import type { Redis } from 'ioredis';

/** `change`: the job has another state. `more`: its events go on. */
export type Signal = 'change' | 'more';

export interface JobListener {
  /**
   * Calls `wake` whenever the job may have changed, until the returned function is called. Resolves when Redis has
   * subscribed us, or after `graceMs` without an answer: signals are a hint, whoever waits must read by himself too.
   */
  listen(jobId: string, wake: (signal: Signal) => void): Promise<() => void>;
  /** False while signals cannot come. */
  hears(): boolean;
}

const shards = 64;
const graceMs = 100;
const mark: Readonly<Record<Signal, string>> = { change: '', more: '+' };

/** Tells whoever waits for this job that it changed. Best effort, never throws. */
export async function signalJob(
  redis: Redis,
  prefix: string,
  { jobId, signal }: { jobId: string; signal: Signal },
): Promise<void> {
  if (redis.status !== 'ready') return;
  await redis.publish(channelOf(prefix, jobId), mark[signal] + jobId).catch(() => 0);
}

interface Shard {
  wakers: Map<string, Set<(signal: Signal) => void>>;
  subscribed: Promise<void>;
}

/** Listens on sharded channels, each subscribed only while somebody waits for a job in it. */
export function createJobListener(subscriber: Redis, prefix: string): JobListener {
  const known = new Map<string, Shard>();
  const leave = (channel: string) => {
    if (subscriber.status === 'ready') void subscriber.unsubscribe(channel).catch(() => 0);
  };
  subscriber.on('message', (channel: string, message: string) => {
    if (!channel.startsWith(`${prefix}:signal:`)) return;
    const shard = known.get(channel);
    // The client takes up again after an outage what was left during it.
    if (shard === undefined) return leave(channel);
    const isMore = message.startsWith(mark.more);
    const wakers = shard.wakers.get(isMore ? message.slice(1) : message);
    for (const wake of wakers ?? []) wake(isMore ? 'more' : 'change');
  });
  // A subscribe that failed while Redis was away is not repeated by the client itself.
  subscriber.on('ready', () => {
    if (known.size > 0) void subscriber.subscribe(...known.keys()).catch(() => 0);
  });
  return {
    hears: () => subscriber.status === 'ready',
    async listen(jobId, wake) {
      const channel = channelOf(prefix, jobId);
      const shard = known.get(channel) ?? { wakers: new Map(), subscribed: subscribeWithin(subscriber, channel) };
      known.set(channel, shard);
      const wakers = shard.wakers.get(jobId) ?? new Set();
      shard.wakers.set(jobId, wakers.add(wake));
      await shard.subscribed;
      return () => {
        wakers.delete(wake);
        if (wakers.size === 0 && shard.wakers.get(jobId) === wakers) shard.wakers.delete(jobId);
        if (shard.wakers.size > 0 || known.get(channel) !== shard) return;
        known.delete(channel);
        leave(channel);
      };
    },
  };
}

async function subscribeWithin(subscriber: Redis, channel: string): Promise<void> {
  if (subscriber.status !== 'ready') return; // the ready handler subscribes
  const nothing = () => 0;
  await withTimeout(graceMs, subscriber.subscribe(channel).catch(nothing), nothing);
}

function channelOf(prefix: string, jobId: string): string {
  let hash = 0;
  for (let index = jobId.length - 4; index < jobId.length; index += 1) hash = (hash * 31 + jobId.charCodeAt(index)) | 0;
  return `${prefix}:signal:${(hash >>> 0) % shards}`;
}
