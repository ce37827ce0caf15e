import { queueNames } from '@turno/contract';
import type { Log } from '@turno/runtime';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { addedKey, countQueues, findMissing, type QueueCounts, type TicketId } from './bullmq-layout.ts';
import { type HandedTicket, type Pack, toBullJob, toFailureJob } from './pack.ts';
import { failFastConnection, producerOptions, type QueueConnection } from './queue-options.ts';

/**
 * Writes tickets to BullMQ and reads what it has.
 * Every call fails within a second while Redis is unreachable.
 */
export interface Producer {
  /**
   * Adds all packs, or throws.
   * Returns the epoch of Redis in which they were added; undefined when the epoch changed meanwhile or Redis has
   * none, so that the tickets may be lost. After a throw some may have been added nevertheless; a ticket that is
   * handed to workers twice is harmless, since only one of them can claim it.
   */
  send(packs: readonly Pack[]): Promise<number | undefined>;
  /** Shows the failure of a packed ticket among the failed jobs of BullMQ. Best effort, never throws. */
  showFailure(ticket: HandedTicket, failure: string): Promise<void>;
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
    async send(packs) {
      const groups = [...groupByQueue(packs)];
      const epochs = await Promise.all(
        groups.map(async ([name, group]) => {
          const tickets = group.reduce((sum, pack) => sum + pack.tickets.length, 0);
          const [added] = await Promise.all([
            addPacks(queueOf(name), group, epochKey),
            redis.incrby(addedKey(connection.prefix, name), tickets),
          ]);
          return added;
        }),
      );
      const [first] = epochs;
      return epochs.every((one) => one === first) ? first : undefined;
    },
    async showFailure(ticket, failure) {
      const { name, data, opts } = toFailureJob(ticket, failure);
      await queueOf(ticket.queue)
        .add(name, data, opts)
        .catch((error: unknown) => log.debug({ err: error, jobId: ticket.jobId }, 'a failure is not shown in BullMQ'));
    },
    epoch,
    startEpoch: async (number) => void (await redis.set(epochKey, number, 'NX')),
    findMissing: (tickets, fetchedMs) => findMissing(place, tickets, fetchedMs),
    waiting: async (name) => (await countQueues(place, [name]))[0]?.waiting ?? 0,
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

/** Counts the jobs that wait in one BullMQ queue. */
export function countWaiting(queue: Queue): Promise<number> {
  return queue.getJobCountByTypes('waiting', 'prioritized');
}

/**
 * Adds packs to one queue, and reads the epoch before and after.
 * All commands leave without a wait for a reply, on the queue's own connection, which runs them in this order. So the
 * returned epoch is that of the life of Redis in which the packs arrived, or an earlier one.
 */
async function addPacks(queue: Queue, packs: readonly Pack[], epochKey: string): Promise<number | undefined> {
  const { client: connecting } = queue.getBackend();
  const client = await connecting;
  const before = client.get(epochKey);
  const adding = queue.addBulk(packs.flatMap((pack) => toBullJob(pack) ?? []));
  const after = endOfTurn().then(() => client.get(epochKey)); // addBulk writes its commands within this turn
  const [first, last] = await Promise.all([before, after, adding]);
  return first === null || first !== last ? undefined : Number(first);
}

function endOfTurn(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

function groupByQueue(packs: readonly Pack[]): Map<string, Pack[]> {
  const groups = new Map<string, Pack[]>();
  for (const pack of packs) {
    const queue = pack.tickets[0]?.queue;
    if (queue === undefined) continue;
    const group = groups.get(queue);
    if (group) group.push(pack);
    else groups.set(queue, [pack]);
  }
  return groups;
}
