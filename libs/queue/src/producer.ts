import { queueNames } from '@turno/contract';
import type { Log } from '@turno/runtime';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { bullJobId, countQueues, findMissing, type QueueCounts, type TicketId } from './bullmq-layout.ts';
import { failFastConnection, producerOptions, type QueueConnection } from './queue-options.ts';

/** One ticket on its way to a worker. Only ids travel through Redis. */
export interface QueuedTicket {
  jobId: string;
  ticket: number;
  kind: string;
  queue: string;
  /** −100 … 100, higher first. */
  priority: number;
}

/**
 * Writes tickets to BullMQ and reads what it has.
 * Every call fails within a second while Redis is unreachable.
 */
export interface Producer {
  /**
   * Adds all tickets, or throws.
   * Returns the epoch of Redis in which they were added; undefined when the epoch changed meanwhile or Redis has
   * none, so that the tickets may be lost. After a throw some may have been added nevertheless; adding the same
   * ticket twice is harmless, since its id is fixed.
   */
  send(tickets: readonly QueuedTicket[]): Promise<number | undefined>;
  /** Returns the epoch of Redis; undefined when Redis has none yet, because it is new or was emptied. */
  epoch(): Promise<number | undefined>;
  /** Gives Redis this epoch, unless another process did so first. */
  startEpoch(epoch: number): Promise<void>;
  /**
   * Returns the tickets that no worker will claim:
   * BullMQ lost them, or a worker fetched them `fetchedMs` ago.
   */
  findMissing<T extends TicketId>(tickets: readonly T[], fetchedMs: number): Promise<T[]>;
  /** Returns the number of tickets that wait in BullMQ. */
  waiting(queue: string): Promise<number>;
  /** Counts the tickets of these queues, in their order: those that wait, and all since Redis last lost its data. */
  sample(queues: readonly string[]): Promise<QueueCounts[]>;
  /** Returns whether the queue is paused in BullMQ itself. */
  isPaused(queue: string): Promise<boolean>;
  close(): Promise<void>;
}

/** Opens a producer for the queues of jobs. */
export function createProducer(connection: QueueConnection, log: Log): Producer {
  const queues = new Map(queueNames.map((name) => [name as string, openQueue(name, connection, log)]));
  const queueOf = (name: string): Queue => {
    const queue = queues.get(name);
    if (queue === undefined) throw new Error(`there is no queue ${name}`);
    return queue;
  };
  const redis = new Redis(connection.redisUrl, failFastConnection);
  redis.on('error', () => {}); // every call rejects with the same error
  const place = { redis, prefix: connection.prefix };
  const epochKey = `${connection.prefix}:epoch`;
  const epoch = async () => {
    const text = await redis.get(epochKey);
    return text === null ? undefined : Number(text);
  };
  return {
    async send(tickets) {
      const before = await epoch();
      const groups = [...groupByQueue(tickets)];
      await Promise.all(groups.map(async ([name, group]) => queues.get(name)?.addBulk(group.map(toBullJob))));
      return (await epoch()) === before ? before : undefined;
    },
    epoch,
    startEpoch: async (number) => void (await redis.set(epochKey, number, 'NX')),
    findMissing: (tickets, fetchedMs) => findMissing(place, tickets, fetchedMs),
    waiting: (name) => countWaiting(queueOf(name)),
    sample: (names) => countQueues(place, names),
    isPaused: (name) => queueOf(name).isPaused(),
    async close() {
      redis.disconnect();
      await Promise.all([...queues.values()].map((queue) => queue.close().catch(() => {})));
    },
  };
}

/**
 * Opens one BullMQ queue for writing.
 * A lost connection is a debug line, since each call rejects by itself.
 */
export function openQueue(name: string, connection: QueueConnection, log: Log): Queue {
  const queue = new Queue(name, producerOptions(connection));
  queue.on('error', (error) => log.debug({ reason: error.message, queue: name }, 'connection of a queue lost'));
  return queue;
}

/** Counts the tickets that wait in one BullMQ queue. */
export function countWaiting(queue: Queue): Promise<number> {
  return queue.getJobCountByTypes('waiting', 'prioritized');
}

function toBullJob({ jobId, ticket, kind, priority }: QueuedTicket) {
  return {
    name: kind,
    data: { jobId, ticket },
    // BullMQ runs lower numbers first and 0 before all others.
    opts: { jobId: bullJobId({ jobId, ticket }), priority: 101 - priority, attempts: 1 },
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
