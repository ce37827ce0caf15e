import type { Redis } from 'ioredis';

/**
 * The version of BullMQ whose private keys this file was checked with.
 * This file alone reads them; everything else goes through BullMQ's public calls. Before another version is
 * installed, compare how it writes the fields and the counter below.
 */
export const checkedBullmqVersion = '6.7.0';

/** One BullMQ job, by the two parts of its id. */
export interface TicketId {
  jobId: string;
  ticket: number;
  queue: string;
}

/** Returns the prefix under which BullMQ keeps its keys; `prefix` is that of the installation. */
export function bullPrefix(prefix: string): string {
  return `${prefix}:bull`;
}

/** Returns the id under which BullMQ keeps a ticket. Adding the same id twice adds one BullMQ job. */
export function bullJobId({ jobId, ticket }: Pick<TicketId, 'jobId' | 'ticket'>): string {
  return `${jobId}-${ticket}`;
}

/**
 * Returns 1 for each BullMQ job that a worker may still claim, else 0.
 * Such a job is present, unfinished, and was not fetched more than ARGV[1] milliseconds ago. BullMQ writes
 * `timestamp` when a job is added, `processedOn` (by the worker's clock) when it is fetched, `finishedOn` at its end.
 * It keeps some finished ids and ignores them when they are added again, so a finished job counts as absent.
 */
const presentScript = `
local present, time = {}, redis.call('TIME')
local fetchedBefore = time[1] * 1000 + time[2] / 1000 - ARGV[1]
for index, key in ipairs(KEYS) do
  local fields = redis.call('HMGET', key, 'timestamp', 'finishedOn', 'processedOn')
  local lost = not fields[1] or fields[2] or (fields[3] and tonumber(fields[3]) < fetchedBefore)
  present[index] = lost and 0 or 1
end
return present`;

/**
 * Returns the tickets that no worker will claim:
 * BullMQ lost or finished them, or a worker fetched them `fetchedMs` ago. One script reads them all; BullMQ's public
 * calls read one job per round trip and do not know Redis's clock.
 */
export async function findMissing<T extends TicketId>(
  { redis, prefix }: { redis: Redis; prefix: string },
  tickets: readonly T[],
  fetchedMs: number,
): Promise<T[]> {
  if (tickets.length === 0) return [];
  const keys = tickets.map((ticket) => `${bullPrefix(prefix)}:${ticket.queue}:${bullJobId(ticket)}`);
  const present = (await redis.eval(presentScript, keys.length, ...keys, fetchedMs)) as number[];
  return tickets.filter((_ticket, index) => present[index] === 0);
}

/** The numbers of BullMQ jobs of one queue. */
export interface QueueCounts {
  /** BullMQ jobs that wait now. */
  waiting: number;
  /** All that were ever added: BullMQ's counter of ids, which restarts when Redis loses its data. */
  added: number;
}

/**
 * Counts the BullMQ jobs of several queues in one round trip.
 * BullMQ's public calls need one per queue, each on a connection of its own, and do not read the counter of ids.
 */
export async function countQueues(
  { redis, prefix }: { redis: Redis; prefix: string },
  queues: readonly string[],
): Promise<QueueCounts[]> {
  const pipeline = redis.pipeline();
  for (const queue of queues) {
    const key = `${bullPrefix(prefix)}:${queue}`;
    pipeline.llen(`${key}:wait`).zcard(`${key}:prioritized`).get(`${key}:id`);
  }
  const answers = ((await pipeline.exec()) ?? []).map(([error, answer]) => {
    if (error) throw error;
    return Number(answer ?? 0);
  });
  return queues.map((_queue, index) => {
    const [wait = 0, prioritized = 0, added = 0] = answers.slice(3 * index, 3 * index + 3);
    return { waiting: wait + prioritized, added };
  });
}
