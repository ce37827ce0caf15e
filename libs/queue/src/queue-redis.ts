import { Redis } from 'ioredis';
import { failFastConnection, type QueueConnection } from './queue-options.ts';

/** Questions to the Redis that holds the queues which BullMQ has no call for. All fail fast while it is away. */
export interface QueueRedis {
  /** The number of this life of Redis; undefined when it has none yet, because it is new or was emptied. */
  epoch(): Promise<number | undefined>;
  /** Gives this life a number, unless somebody was first. */
  startEpoch(epoch: number): Promise<void>;
  /** Which of these unclaimed tickets nobody will claim: BullMQ does not hold them, or gave them away `fetchedMs` ago. */
  missing<T extends { jobId: string; ticket: number; queue: string }>(
    tickets: readonly T[],
    fetchedMs: number,
  ): Promise<T[]>;
  /** How many tickets wait in BullMQ. */
  waiting(queue: string): Promise<number>;
  /** How many tickets BullMQ was given since Redis is what it is. */
  added(queue: string): Promise<number>;
  /** True when somebody has paused the queue in BullMQ itself. */
  isPaused(queue: string): Promise<boolean>;
  close(): void;
}

/**
 * Present and not finished: BullMQ keeps some ids after their end, and ignores them when they are added again. And not given to a
 * worker long ago, by that worker's clock: it would have claimed the ticket at once, if it had lived or its answer had come.
 */
const heldScript = `
local held, time = {}, redis.call('TIME')
local fetchedBefore = time[1] * 1000 + time[2] / 1000 - ARGV[1]
for index, key in ipairs(KEYS) do
  local fields = redis.call('HMGET', key, 'timestamp', 'finishedOn', 'processedOn')
  local lost = not fields[1] or fields[2] or (fields[3] and tonumber(fields[3]) < fetchedBefore)
  held[index] = lost and 0 or 1
end
return held`;

export function openQueueRedis(connection: QueueConnection): QueueRedis {
  const redis = new Redis(connection.redisUrl, failFastConnection);
  redis.on('error', () => {}); // each call says so itself
  const keyOf = (...parts: string[]) => [connection.prefix, ...parts].join(':');
  return {
    async epoch() {
      const text = await redis.get(keyOf('epoch'));
      return text === null ? undefined : Number(text);
    },
    startEpoch: async (epoch) => void (await redis.set(keyOf('epoch'), epoch, 'NX')),
    async missing(tickets, fetchedMs) {
      if (tickets.length === 0) return [];
      const keys = tickets.map(({ queue, jobId, ticket }) => keyOf('bull', queue, `${jobId}-${ticket}`));
      const held = (await redis.eval(heldScript, keys.length, ...keys, fetchedMs)) as number[];
      return tickets.filter((_ticket, index) => held[index] === 0);
    },
    async waiting(queue) {
      const [plain, prioritized] = await Promise.all([
        redis.llen(keyOf('bull', queue, 'wait')),
        redis.zcard(keyOf('bull', queue, 'prioritized')),
      ]);
      return plain + prioritized;
    },
    added: async (queue) => Number((await redis.get(keyOf('bull', queue, 'id'))) ?? 0),
    isPaused: async (queue) => (await redis.hexists(keyOf('bull', queue, 'meta'), 'paused')) === 1,
    close: () => redis.disconnect(),
  };
}
