import type { Redis, Result } from 'ioredis';
import { type BreakerOptions, createBreaker } from './breaker.ts';
import { encodeSignal, type Signal } from './job-signals.ts';

/** Identifies a job's event stream. The tenant is part of the Redis key, so an id alone opens nothing. */
export interface EventsKey {
  tenantId: string;
  jobId: string;
}

export interface JobEventEntry {
  type: 'state' | 'progress' | 'log';
  /** The job's version after this change; 0 for a log line, which does not change the job. */
  version: number;
  /** JSON text. */
  data: string;
}

/** An entry of a job's stream. `opened` is no event: the first follower adds it to create the stream. */
export type StoredJobEvent = { id: string } & (JobEventEntry | { type: 'opened' });

export interface EventWriter {
  /**
   * Adds entries to the job's stream if a follower has opened it.
   * Returns whether they were added. A job without followers costs no memory. Best effort, never throws. The command
   * is sent before this returns, so a later command on the same connection comes after it.
   */
  append(key: EventsKey, entries: readonly JobEventEntry[]): Promise<boolean>;
  /**
   * Adds an entry in the same way and then sends the signal, in one command: a follower who is woken by the signal
   * finds the entry.
   */
  appendAndSignal(key: EventsKey, entry: JobEventEntry, signal: Signal): Promise<void>;
}

export interface EventReader {
  /**
   * Creates the stream, or extends its life, and returns the id of its last entry.
   * Undefined while Redis is away.
   */
  open(key: EventsKey): Promise<string | undefined>;
  /** Extends the stream's life by `ttlSeconds`. False when it is gone, undefined while Redis is away. */
  extend(key: EventsKey): Promise<boolean | undefined>;
  /** Returns whether the stream still has the entry with this id. */
  has(key: EventsKey, id: string): Promise<boolean>;
  /** Returns the entries after this id, oldest first; none while Redis is away. */
  readAfter(key: EventsKey, id: string, countMax: number): Promise<StoredJobEvent[]>;
}

/** Entries that a job's stream keeps, about. */
export const eventsPerJobMax = 256;

const addIfOpened = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
for i = 2, #ARGV, 3 do
  redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', 't', ARGV[i], 'v', ARGV[i + 1], 'd', ARGV[i + 2])
end
return 1`;

const addAndPublish = `
if redis.call('EXISTS', KEYS[1]) == 1 then
  redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', 't', ARGV[2], 'v', ARGV[3], 'd', ARGV[4])
end
return redis.call('PUBLISH', ARGV[5], ARGV[6])`;

declare module 'ioredis' {
  interface RedisCommander<Context> {
    addEventAndPublish(key: string, ...values: (string | number)[]): Result<number, Context>;
  }
}

/**
 * Creates the writer of event streams, one per job.
 * Redis trims whole nodes, so `entriesMax` is approximate.
 */
export function createEventWriter(
  redis: Redis,
  { prefix, entriesMax }: { prefix: string; entriesMax: number },
): EventWriter {
  redis.defineCommand('addEventAndPublish', { numberOfKeys: 1, lua: addAndPublish });
  return {
    async appendAndSignal(key, { type, version, data }, signal) {
      if (redis.status !== 'ready') return;
      const values = [entriesMax, type, version, data, ...encodeSignal(prefix, key.jobId, signal)];
      await redis.addEventAndPublish(keyOf(prefix, key), ...values).catch(() => 0);
    },
    async append(key, entries) {
      if (redis.status !== 'ready') return false;
      const fields = entries.flatMap(({ type, version, data }) => [type, version, data]);
      const added = await redis.eval(addIfOpened, 1, keyOf(prefix, key), entriesMax, ...fields).catch(() => 0);
      return added === 1;
    },
  };
}

/**
 * Creates the reader of event streams.
 * A stream expires `ttlSeconds` after its last reader, who may reconnect until then.
 */
export function createEventReader(
  redis: Redis,
  { prefix, ttlSeconds, slowMs }: { prefix: string; ttlSeconds: number } & Pick<BreakerOptions, 'slowMs'>,
): EventReader {
  const breaker = createBreaker(redis, { slowMs });
  const lastId = async (key: string) => (await redis.xrevrange(key, '+', '-', 'COUNT', 1))[0]?.[0];
  return {
    open: (job) =>
      breaker.run(async () => {
        const key = keyOf(prefix, job);
        const last = await lastId(key);
        const change = redis.multi(); // a stream without an expiry would stay for ever
        if (last === undefined) change.xadd(key, '*', 't', 'opened');
        const [[, made] = []] = (await change.expire(key, ttlSeconds).exec()) ?? [];
        return last ?? (typeof made === 'string' ? made : undefined);
      }, undefined),
    extend: (job) => breaker.run(async () => (await redis.expire(keyOf(prefix, job), ttlSeconds)) === 1, undefined),
    has: (job, id) => breaker.run(async () => (await redis.xrange(keyOf(prefix, job), id, id)).length === 1, false),
    readAfter: (job, id, countMax) =>
      breaker.run(async () => toEvents(await redis.xrange(keyOf(prefix, job), `(${id}`, '+', 'COUNT', countMax)), []),
  };
}

function keyOf(prefix: string, { tenantId, jobId }: EventsKey): string {
  return `${prefix}:events:${tenantId}:${jobId}`;
}

function toEvents(entries: [id: string, fields: string[]][]): StoredJobEvent[] {
  return entries.map(([id, [, type, , version, , data]]) => {
    if (type === 'opened' || data === undefined) return { id, type: 'opened' };
    return { id, type: type as JobEventEntry['type'], version: Number(version), data };
  });
}
