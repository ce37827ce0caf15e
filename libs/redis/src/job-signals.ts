import { withTimeout } from '@turno/runtime';
import type { Redis } from 'ioredis';

/** `change`: the job has another state. `more`: its stream has more events. */
export type Signal = 'change' | 'more';

export interface JobSignals {
  /**
   * Calls `onSignal` whenever the job may have changed, until the returned function is called.
   * Resolves when Redis has confirmed the subscription, or after 100 ms. A signal is a hint and may be lost: read the
   * job too.
   */
  subscribe(jobId: string, onSignal: (signal: Signal) => void): Promise<() => void>;
  /** False while signals cannot arrive. */
  isConnected(): boolean;
}

const shards = 64;
const confirmMsMax = 100;
const mark: Readonly<Record<Signal, string>> = { change: '', more: '+' };

/** Wakes all waiters and followers of a job, in every process. Best effort, never throws. */
export async function signalJob(
  redis: Redis,
  prefix: string,
  { jobId, signal }: { jobId: string; signal: Signal },
): Promise<void> {
  if (redis.status !== 'ready') return;
  await redis.publish(channelOf(prefix, jobId), mark[signal] + jobId).catch(() => 0);
}

type OnSignal = (signal: Signal) => void;

interface Shard {
  receivers: Map<string, Set<OnSignal>>;
  subscribed: Promise<void>;
}

/**
 * Creates the subscriber to signals of jobs.
 * Jobs share 64 channels; this process subscribes to a channel only while it has a waiter for a job in it.
 */
export function createJobSignals(subscriber: Redis, prefix: string): JobSignals {
  const known = new Map<string, Shard>();
  const unsubscribe = (channel: string) => {
    if (subscriber.status === 'ready') void subscriber.unsubscribe(channel).catch(() => 0);
  };
  subscriber.on('message', (channel: string, message: string) => {
    if (!channel.startsWith(`${prefix}:signal:`)) return;
    const shard = known.get(channel);
    // After an outage ioredis subscribes again to channels that were left during it.
    if (shard === undefined) return unsubscribe(channel);
    const isMore = message.startsWith(mark.more);
    const receivers = shard.receivers.get(isMore ? message.slice(1) : message);
    for (const onSignal of receivers ?? []) onSignal(isMore ? 'more' : 'change');
  });
  // ioredis does not repeat a subscribe that failed while Redis was away.
  subscriber.on('ready', () => {
    if (known.size > 0) void subscriber.subscribe(...known.keys()).catch(() => 0);
  });
  return {
    isConnected: () => subscriber.status === 'ready',
    async subscribe(jobId, onSignal) {
      const channel = channelOf(prefix, jobId);
      const shard = known.get(channel) ?? {
        receivers: new Map(),
        subscribed: confirmSubscription(subscriber, channel),
      };
      known.set(channel, shard);
      const receivers = shard.receivers.get(jobId) ?? new Set();
      shard.receivers.set(jobId, receivers.add(onSignal));
      await shard.subscribed;
      return () => {
        receivers.delete(onSignal);
        if (receivers.size === 0 && shard.receivers.get(jobId) === receivers) shard.receivers.delete(jobId);
        if (shard.receivers.size > 0 || known.get(channel) !== shard) return;
        known.delete(channel);
        unsubscribe(channel);
      };
    },
  };
}

async function confirmSubscription(subscriber: Redis, channel: string): Promise<void> {
  if (subscriber.status !== 'ready') return; // the ready handler subscribes
  const nothing = () => 0;
  await withTimeout(confirmMsMax, subscriber.subscribe(channel).catch(nothing), nothing);
}

function channelOf(prefix: string, jobId: string): string {
  let hash = 0;
  for (let index = jobId.length - 4; index < jobId.length; index += 1) hash = (hash * 31 + jobId.charCodeAt(index)) | 0;
  return `${prefix}:signal:${(hash >>> 0) % shards}`;
}
