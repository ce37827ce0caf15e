import type { Redis } from 'ioredis';

/**
 * The version of BullMQ whose private keys this file was checked with.
 * This file alone reads them; everything else goes through BullMQ's public calls. Before another version is
 * installed, compare how it writes the fields and the lists below.
 */
export const checkedBullmqVersion = '6.7.0';

/** A ticket, and the BullMQ job that carries it. */
export interface TicketId {
  jobId: string;
  ticket: number;
  queue: string;
  /** The id of the pack; without one the ticket has a BullMQ job of its own. */
  carrier?: string | null;
}

/** Returns the prefix under which BullMQ keeps its keys; `prefix` is that of the installation. */
export function bullPrefix(prefix: string): string {
  return `${prefix}:bull`;
}

/** Returns the id under which BullMQ keeps a ticket. Adding the same id twice adds one BullMQ job. */
export function bullJobId({ jobId, ticket }: Pick<TicketId, 'jobId' | 'ticket'>): string {
  return `${jobId}-${ticket}`;
}

/** Returns the id of a pack. It names the number of tickets, so that those that wait can be counted by ids alone. */
export function packIdOf(size: number, unique: string): string {
  return `pack-${size}-${unique}`;
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
  const carriers = [...new Set(tickets.map(carrierKey))];
  const keys = carriers.map((carrier) => `${bullPrefix(prefix)}:${carrier}`);
  const present = (await redis.eval(presentScript, keys.length, ...keys, fetchedMs)) as number[];
  const missing = new Set(carriers.filter((_carrier, index) => present[index] === 0));
  return tickets.filter((ticket) => missing.has(carrierKey(ticket)));
}

function carrierKey(ticket: TicketId): string {
  return `${ticket.queue}:${ticket.carrier ?? bullJobId(ticket)}`;
}

/** The numbers of tickets of one queue. */
export interface QueueCounts {
  /** Tickets that wait now. */
  waiting: number;
  /** About how many were added since Redis last lost its data. */
  added: number;
}

/**
 * Returns for each queue the tickets of the BullMQ jobs that wait (as many as the id of a pack says, else one), then
 * the count of those that were added.
 */
const countScript = `
local counts = {}
for first = 1, #KEYS, 3 do
  local tickets = 0
  local function count(ids)
    for _, id in ipairs(ids) do
      tickets = tickets + (tonumber(string.match(id, '^pack%-(%d+)%-') or 1))
    end
  end
  count(redis.call('LRANGE', KEYS[first], 0, -1))
  count(redis.call('ZRANGE', KEYS[first + 1], 0, -1))
  counts[#counts + 1] = tickets
  counts[#counts + 1] = tonumber(redis.call('GET', KEYS[first + 2]) or 0)
end
return counts`;

/** Returns the key of the count of tickets that a queue was given. */
export function addedKey(prefix: string, queue: string): string {
  return `${prefix}:added:${queue}`;
}

/**
 * Counts the tickets of several queues in one round trip.
 * The cost depends on the number of BullMQ jobs that wait, which the window bounds. BullMQ's public calls count jobs,
 * and a counter of waiting tickets would be wrong for ever after one lost reply.
 */
export async function countQueues(
  { redis, prefix }: { redis: Redis; prefix: string },
  queues: readonly string[],
): Promise<QueueCounts[]> {
  const keys = queues.flatMap((queue) => {
    const key = `${bullPrefix(prefix)}:${queue}`;
    return [`${key}:wait`, `${key}:prioritized`, addedKey(prefix, queue)];
  });
  const counts = (await redis.eval(countScript, keys.length, ...keys)) as number[];
  return queues.map((_queue, index) => ({ waiting: counts[2 * index] ?? 0, added: counts[2 * index + 1] ?? 0 }));
}
