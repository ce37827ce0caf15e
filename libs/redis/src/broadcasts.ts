import type { Redis } from 'ioredis';

/** What processes tell each other at once: that attempts must stop, that a job was erased. */
export type Topic = 'stop' | 'erased';

export interface Channel {
  prefix: string;
  topic: Topic;
}

/** Tells every process that listens. Best effort, never throws: whoever needs to know has a slower way too. */
export async function announce(redis: Redis, channel: Channel, message: string): Promise<void> {
  if (redis.status !== 'ready') return;
  await redis.publish(nameOf(channel), message).catch(() => 0);
}

/** Calls `take` for every announcement while Redis is there, and again when it is back. */
export function subscribeToBroadcasts(subscriber: Redis, channel: Channel, take: (message: string) => void): void {
  const name = nameOf(channel);
  const subscribe = () => void subscriber.subscribe(name).catch(() => 0);
  subscriber.on('message', (from: string, message: string) => {
    if (from === name) take(message);
  });
  subscriber.on('ready', subscribe);
  if (subscriber.status === 'ready') subscribe();
}

function nameOf({ prefix, topic }: Channel): string {
  return `${prefix}:announce:${topic}`;
}
