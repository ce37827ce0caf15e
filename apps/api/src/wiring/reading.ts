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
import type { createCacheCounts } from './cache-report.ts';
import type { Config } from '../config.ts';
import type { ApiConstants } from '../constants.ts';

type Redis = ReturnType<typeof openRedis>;

export interface ReadingDeps {
  sql: Postgres['sql'];
  redis: { cache: Redis; signals: Redis };
  caches: ReturnType<typeof createCacheCounts>;
  constants: Pick<ApiConstants, 'events' | 'resultMemory'>;
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
  { sql, redis, caches, constants }: ReadingDeps,
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
    memoryMs: constants.resultMemory.maxAgeMs,
    counts: caches.jobsInMemory,
  });
  subscribeToBroadcasts(redis.signals, { prefix, topic: 'erased' }, (notice) => dropErased(reader, notice));
  const change: ChangeDeps = {
    sql,
    reader,
    publish: createPublish(redis.cache, { prefix, entriesMax: constants.events.perJobMax }),
    broadcast: (topic, message) => void broadcast(redis.cache, { prefix, topic }, message),
  };
  const signals = createJobSignals(redis.signals, prefix);
  const versionPolls = createVersionPolls({ sql, isConnected: () => signals.isConnected() });
  closers.add('version polls', () => versionPolls.close());
  const live = { reader, signals, versionPolls };
  const events = createEventReader(redis.cache, { prefix, ttlSeconds: constants.events.retentionSeconds });
  return { reader, waiters: createJobWaiters(live), follow: { ...live, events }, change, positions };
}

function createPublish(
  redis: Redis,
  { prefix, entriesMax }: { prefix: string; entriesMax: number },
): ChangeDeps['publish'] {
  const events = createEventWriter(redis, { prefix, entriesMax });
  return createPublisher({ events, signal: (jobId, signal) => void signalJob(redis, prefix, { jobId, signal }) })
    .publish;
}
