import { inlineBytesMax } from '@turno/contract';
import {
  type ChangeDeps,
  createJobReader,
  createJobWaiters,
  createPositions,
  createVersionPolls,
  createPublisher,
  dropErased,
  type FollowDeps,
  type JobReader,
  type JobWaiters,
  type Positions,
} from '@turno/jobs';
import type { Postgres } from '@turno/postgres';
import {
  broadcast,
  createEventReader,
  createEventWriter,
  createJobCache,
  createJobSignals,
  subscribeToBroadcasts,
  type openRedis,
  signalJob,
} from '@turno/redis';
import type { ProcessLife } from '@turno/runtime';
import type { createCacheCounts } from '../cache-report.ts';
import type { Config } from '../config.ts';

type Redis = ReturnType<typeof openRedis>;

export interface ReadingDeps {
  sql: Postgres['sql'];
  redis: { cache: Redis; signals: Redis };
  caches: ReturnType<typeof createCacheCounts>;
}

export interface Reading {
  reader: JobReader;
  waiters: JobWaiters;
  follow: FollowDeps;
  change: ChangeDeps;
  positions: Positions;
}

/** What reads jobs through the caches, and what changes them and tells the caches and all who wait. */
export function openReading(
  settings: Config,
  { closers, log }: ProcessLife,
  { sql, redis, caches }: ReadingDeps,
): Reading {
  const prefix = settings.REDIS_PREFIX;
  const cache = createJobCache(redis.cache, {
    prefix,
    seconds: settings.RESULT_CACHE_SECONDS,
    bytesMax: 2 * inlineBytesMax,
    counts: caches.jobsInRedis,
  });
  const positions = createPositions({ sql, log });
  const reader = createJobReader({
    sql,
    cache,
    positions,
    retentionDays: settings.RETENTION_DAYS,
    memoryBytes: settings.RESULT_MEMORY_BYTES,
    memoryMs: settings.RESULT_MEMORY_SECONDS * 1_000,
    counts: caches.jobsInMemory,
  });
  subscribeToBroadcasts(redis.signals, { prefix, topic: 'erased' }, (notice) => dropErased(reader, notice));
  const change: ChangeDeps = {
    sql,
    reader,
    publish: createPublish(settings, redis.cache),
    broadcast: (topic, message) => void broadcast(redis.cache, { prefix, topic }, message),
  };
  const signals = createJobSignals(redis.signals, prefix);
  const versionPolls = createVersionPolls({ sql, isConnected: () => signals.isConnected() });
  closers.add('version polls', () => versionPolls.close());
  const live = { reader, signals, versionPolls };
  const events = createEventReader(redis.cache, { prefix, ttlSeconds: settings.EVENTS_KEEP_SECONDS });
  return { reader, waiters: createJobWaiters(live), follow: { ...live, events }, change, positions };
}

function createPublish(
  { REDIS_PREFIX: prefix, EVENTS_PER_JOB_MAX: entriesMax }: Config,
  redis: Redis,
): ChangeDeps['publish'] {
  const events = createEventWriter(redis, { prefix, entriesMax });
  return createPublisher({ events, signal: (jobId, signal) => void signalJob(redis, prefix, { jobId, signal }) })
    .publish;
}
