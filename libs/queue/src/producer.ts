import type { Log } from '@turno/runtime';
import { Queue } from 'bullmq';
import { failFastOptions, queueNames, type QueueConnection } from './queue-options.ts';
import { openQueueRedis, type QueueRedis } from './queue-redis.ts';

/** One ticket on its way to a worker. Only ids travel through Redis. */
export interface QueuedTicket {
  jobId: string;
  ticket: number;
  kind: string;
  queue: string;
  /** −100 … 100, higher first. */
  priority: number;
}

export interface Producer extends Omit<QueueRedis, 'close'> {
  /**
   * Adds all tickets, or throws. Answers with the life of Redis in which they were added; undefined when it changed
   * meanwhile or has no number, so that they may be gone again. After a throw some may have been added nevertheless;
   * adding the same ticket twice is harmless, since its id is fixed. Fails within a second when Redis is away.
   */
  send(tickets: readonly QueuedTicket[]): Promise<number | undefined>;
  close(): Promise<void>;
}

export function createProducer(connection: QueueConnection, log: Log): Producer {
  const queues = new Map(queueNames.map((name) => [name as string, openQueue(name, connection, log)]));
  const redis = openQueueRedis(connection);
  return {
    ...redis,
    async send(tickets) {
      const before = await redis.epoch();
      const groups = [...groupByQueue(tickets)];
      await Promise.all(groups.map(async ([name, group]) => queues.get(name)?.addBulk(group.map(toBullJob))));
      return (await redis.epoch()) === before ? before : undefined;
    },
    async close() {
      redis.close();
      await Promise.all([...queues.values()].map((queue) => queue.close().catch(() => {})));
    },
  };
}

export function openQueue(name: string, connection: QueueConnection, log: Log): Queue {
  const queue = new Queue(name, failFastOptions(connection));
  queue.on('error', (error) => log.debug({ reason: error.message, queue: name }, 'queue connection'));
  return queue;
}

function toBullJob({ jobId, ticket, kind, priority }: QueuedTicket) {
  return {
    name: kind,
    data: { jobId, ticket },
    // BullMQ runs lower numbers first and 0 before all others.
    opts: { jobId: `${jobId}-${ticket}`, priority: 101 - priority, attempts: 1 },
  };
}

function groupByQueue<T extends { queue: string }>(tickets: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const ticket of tickets) {
    const group = groups.get(ticket.queue);
    if (group) group.push(ticket);
    else groups.set(ticket.queue, [ticket]);
  }
  return groups;
}
