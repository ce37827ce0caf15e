import type { Redis } from 'ioredis';
import { createBreaker } from './breaker.ts';

/** Whose events: a stream's key carries the tenant, so an id alone opens nothing. */
export interface EventsKey {
  tenantId: string;
  jobId: string;
}

export interface JobEventEntry {
  type: 'state' | 'progress' | 'log';
  /** Of the job after this change; 0 for a log line, which changes nothing. */
  version: number;
  /** JSON text. */
  data: string;
}

/** `opened` is no event: who looks first leaves it, so that there is a stream to add to. */
export type StoredJobEvent = { id: string } & (JobEventEntry | { type: 'opened' });

export interface EventWriter {
  /**
   * Adds entries if somebody has opened this job's stream, else nothing: a job that nobody follows costs no memory. True when
   * they were added. Best effort, never throws; sent at once, so that what is sent to Redis after it comes after it.
   */
  append(key: EventsKey, entries: readonly JobEventEntry[]): Promise<boolean>;
}

export interface EventReader {
  /** Lets the stream begin, or live on, and answers with the id of its last entry. Undefined while Redis is away. */
  open(key: EventsKey): Promise<string | undefined>;
  /** Keeps the stream for another while. False when it is gone, undefined while Redis is away. */
  touch(key: EventsKey): Promise<boolean | undefined>;
  /** True when the stream still holds the entry with this id. */
  holds(key: EventsKey, id: string): Promise<boolean>;
  /** The entries after this id, oldest first; none while Redis is away. */
  after(key: EventsKey, id: string, countMax: number): Promise<StoredJobEvent[]>;
}

const addIfOpened = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
for i = 2, #ARGV, 3 do
  redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', 't', ARGV[i], 'v', ARGV[i + 1], 'd', ARGV[i + 2])
end
return 1`;

/** Writes to one short stream per job; `entriesMax` is about, since Redis trims whole nodes. */
export function createEventWriter(
  redis: Redis,
  { prefix, entriesMax }: { prefix: string; entriesMax: number },
): EventWriter {
  return {
    async append(key, entries) {
      if (redis.status !== 'ready') return false;
      const fields = entries.flatMap(({ type, version, data }) => [type, version, data]);
      const added = await redis.eval(addIfOpened, 1, keyOf(prefix, key), entriesMax, ...fields).catch(() => 0);
      return added === 1;
    },
  };
}

/** Reads them. A stream outlives the last who read it by `keepSeconds`, for those who come back. */
export function createEventReader(
  redis: Redis,
  { prefix, keepSeconds }: { prefix: string; keepSeconds: number },
): EventReader {
  const breaker = createBreaker(redis);
  const lastId = async (key: string) => (await redis.xrevrange(key, '+', '-', 'COUNT', 1))[0]?.[0];
  return {
    open: (job) =>
      breaker.run(async () => {
        const key = keyOf(prefix, job);
        const last = await lastId(key);
        const change = redis.multi(); // no stream may be left without an end
        if (last === undefined) change.xadd(key, '*', 't', 'opened');
        const [[, made] = []] = (await change.expire(key, keepSeconds).exec()) ?? [];
        return last ?? (typeof made === 'string' ? made : undefined);
      }, undefined),
    touch: (job) => breaker.run(async () => (await redis.expire(keyOf(prefix, job), keepSeconds)) === 1, undefined),
    holds: (job, id) => breaker.run(async () => (await redis.xrange(keyOf(prefix, job), id, id)).length === 1, false),
    after: (job, id, countMax) =>
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
