import { withTimeout } from '@turno/runtime';
import type { Redis } from 'ioredis';

/**
 * `change`: the job has another state, which may be final. `unfinished`: it has another state, which is not final.
 * `more`: its stream has more events.
 */
export type SignalKind = 'change' | 'unfinished' | 'more';

export interface Signal {
  kind: SignalKind;
  /** The end of the job as text, for waiters that need nothing else; only with `change`. */
  end?: string | undefined;
}

/** The signals of one job to one receiver. */
export interface Subscription {
  /** Resolves when Redis has confirmed the subscription, or after 100 ms. */
  confirmed: Promise<void>;
  /** Returns whether every signal since this time, of `performance.now()`, has reached the receiver. */
  isCompleteSince(atMs: number): boolean;
  stop(): void;
}

export interface JobSignals {
  /**
   * Calls `onSignal` whenever the job may have changed, until `stop` is called. A signal of the last moments, for
   * which there was no receiver yet, comes at once. A signal is a hint and may be lost: read the job too, unless the
   * subscription was complete since before its submit.
   */
  subscribe(jobId: string, onSignal: (signal: Signal) => void): Subscription;
  /** False while signals cannot arrive. */
  isConnected(): boolean;
}

const shards = 64;
const confirmMsMax = 100;
const marks: Readonly<Record<SignalKind, string>> = { change: '', unfinished: '.', more: '+' };
/** Of a change with the end of its job, which follows the id and a space. */
const endMark = '!';

/** Wakes all waiters and followers of a job, in every process. Best effort, never throws. */
export async function signalJob(
  redis: Redis,
  prefix: string,
  { jobId, ...signal }: Signal & { jobId: string },
): Promise<void> {
  if (redis.status !== 'ready') return;
  await redis.publish(...encodeSignal(prefix, jobId, signal)).catch(() => 0);
}

/** Returns the channel and the message of a signal. */
export function encodeSignal(prefix: string, jobId: string, { kind, end }: Signal): [channel: string, message: string] {
  return [channelOf(prefix, jobId), end === undefined ? marks[kind] + jobId : `${endMark}${jobId} ${end}`];
}

function parseSignal(message: string): Signal & { jobId: string } {
  switch (message.charAt(0)) {
    case marks.more:
      return { jobId: message.slice(1), kind: 'more' };
    case marks.unfinished:
      return { jobId: message.slice(1), kind: 'unfinished' };
    case endMark: {
      const space = message.indexOf(' ');
      return { jobId: message.slice(1, space), kind: 'change', end: message.slice(space + 1) };
    }
    default:
      return { jobId: message, kind: 'change' };
  }
}

type OnSignal = (signal: Signal) => void;

interface Shard {
  receivers: Map<string, Set<OnSignal>>;
  subscribed: Promise<void>;
  /** When Redis confirmed the subscription; undefined: not yet, or the connection was lost since. */
  confirmedAtMs: number | undefined;
}

/**
 * With this many waits per second a channel stays subscribed between two waits: a subscription per wait would cost
 * more than the signals of jobs that nothing waits for.
 */
const busyWaitsPerSecond = 16;
const checkEveryMs = 1_000;

/**
 * Creates the subscriber to signals of jobs.
 * Jobs share 64 channels; this process subscribes to a channel only while it has a waiter for a job in it, and a
 * moment longer while waits are frequent.
 */
export function createJobSignals(subscriber: Redis, prefix: string): JobSignals {
  const known = new Map<string, Shard>();
  const recent = createRecentSignals();
  const rate = createRate(dropUnused);
  const unsubscribe = (channel: string) => {
    if (subscriber.status === 'ready') void subscriber.unsubscribe(channel).catch(() => 0);
  };
  const open = (channel: string): Shard => {
    const shard: Shard = { receivers: new Map(), subscribed: Promise.resolve(), confirmedAtMs: undefined };
    shard.subscribed = confirmSubscription(subscriber, [channel], [shard]);
    known.set(channel, shard);
    return shard;
  };
  function dropUnused(): void {
    for (const [channel, { receivers }] of known) {
      if (receivers.size > 0) continue;
      known.delete(channel);
      unsubscribe(channel);
    }
  }
  subscriber.on('message', (channel: string, message: string) => {
    if (!channel.startsWith(`${prefix}:signal:`)) return;
    const shard = known.get(channel);
    // After an outage ioredis subscribes again to channels that were left during it.
    if (shard === undefined) return unsubscribe(channel);
    const { jobId, ...signal } = parseSignal(message);
    const receivers = shard.receivers.get(jobId);
    if (receivers === undefined) recent.add(jobId, signal);
    else for (const onSignal of receivers) onSignal(signal);
  });
  subscriber.on('close', () => {
    for (const shard of known.values()) shard.confirmedAtMs = undefined;
  });
  // ioredis does not repeat a subscribe that failed while Redis was away.
  subscriber.on('ready', () => {
    if (known.size > 0) void confirmSubscription(subscriber, [...known.keys()], [...known.values()]);
  });
  return {
    isConnected: () => subscriber.status === 'ready',
    subscribe(jobId, onSignal) {
      rate.count();
      const channel = channelOf(prefix, jobId);
      const shard = known.get(channel) ?? open(channel);
      const receivers = shard.receivers.get(jobId) ?? new Set();
      shard.receivers.set(jobId, receivers.add(onSignal));
      const missed = recent.take(jobId);
      if (missed !== undefined) onSignal(missed);
      return {
        confirmed: shard.subscribed,
        isCompleteSince: (atMs) => shard.confirmedAtMs !== undefined && shard.confirmedAtMs <= atMs,
        stop() {
          receivers.delete(onSignal);
          if (receivers.size === 0 && shard.receivers.get(jobId) === receivers) shard.receivers.delete(jobId);
          if (shard.receivers.size > 0 || known.get(channel) !== shard || rate.isBusy()) return;
          known.delete(channel);
          unsubscribe(channel);
        },
      };
    },
  };
}

async function confirmSubscription(subscriber: Redis, channels: string[], opened: readonly Shard[]): Promise<void> {
  if (subscriber.status !== 'ready') return; // the ready handler subscribes
  const confirm = () => {
    for (const shard of opened) shard.confirmedAtMs = performance.now();
  };
  const nothing = () => {};
  await withTimeout(confirmMsMax, subscriber.subscribe(...channels).then(confirm, nothing), nothing);
}

/** Counts waits. It calls `onCalm` after each second in which they were not frequent, until there are none. */
function createRate(onCalm: () => void) {
  let before = 0;
  let now = 0;
  let timer: NodeJS.Timeout | undefined;
  const isBusy = () => Math.max(before, now) >= busyWaitsPerSecond;
  const check = () => {
    [before, now] = [now, 0];
    if (isBusy()) return;
    onCalm();
    if (before > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
  return {
    isBusy,
    count() {
      now += 1;
      timer ??= setInterval(check, checkEveryMs).unref();
    },
  };
}

const recentMax = 500;

/** The latest signals for which there was no receiver: a worker may be faster than the answer to the commit. */
function createRecentSignals() {
  const signals = new Map<string, Signal>();
  return {
    add(jobId: string, signal: Signal) {
      if (signal.kind === 'more') return;
      signals.delete(jobId);
      signals.set(jobId, signal);
      if (signals.size <= recentMax) return;
      const [oldest] = signals.keys();
      if (oldest !== undefined) signals.delete(oldest);
    },
    take(jobId: string): Signal | undefined {
      const signal = signals.get(jobId);
      if (signal !== undefined) signals.delete(jobId);
      return signal;
    },
  };
}

function channelOf(prefix: string, jobId: string): string {
  let hash = 0;
  for (let index = jobId.length - 4; index < jobId.length; index += 1) hash = (hash * 31 + jobId.charCodeAt(index)) | 0;
  return `${prefix}:signal:${(hash >>> 0) % shards}`;
}
