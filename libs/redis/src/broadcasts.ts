import type { Redis } from 'ioredis';

/** The subject of a broadcast: attempts that must stop, a job that was erased, or new work. */
export type Topic = 'stop' | 'erased' | 'work';

export interface Channel {
  prefix: string;
  topic: Topic;
}

/**
 * Sends a message to every process that subscribes to the topic.
 * Best effort, never throws: each reader has a slower source too.
 */
export async function broadcast(redis: Redis, channel: Channel, message: string): Promise<void> {
  if (redis.status !== 'ready') return;
  await redis.publish(nameOf(channel), message).catch(() => 0);
}

/**
 * Calls `onMessage` for every broadcast of the topic.
 * Subscribes again after an outage of Redis; what was sent meanwhile is lost.
 */
export function subscribeToBroadcasts(subscriber: Redis, channel: Channel, onMessage: (message: string) => void): void {
  const name = nameOf(channel);
  const subscribe = () => void subscriber.subscribe(name).catch(() => 0);
  subscriber.on('message', (from: string, message: string) => {
    if (from === name) onMessage(message);
  });
  subscriber.on('ready', subscribe);
  if (subscriber.status === 'ready') subscribe();
}

function nameOf({ prefix, topic }: Channel): string {
  return `${prefix}:broadcast:${topic}`;
}
