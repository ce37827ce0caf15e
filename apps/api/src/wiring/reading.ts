import { inlineBytesMax } from '@turno/contract';
import {
  type ChangeDeps,
  createJobReader,
  createJobWaiters,
  createPositions,
  createVersionPolls,
  createPublisher,
  createWorkNotices,
  dropErased,
  type FollowDeps,
  type JobReader,
  type JobWaiters,
  type Positions,
  type WorkNotices,
} from '@turno/jobs';
import type { Postgres } from '@turno/postgres';
import {
  broadcast,
  createEventReader,
  createEventWriter,
  createJobCache,
  createJobSignals,
  subscribeToBroadcasts,
  type Signal,
  signalJob,
} from '@turno/redis';
import type { ProcessLife } from '@turno/runtime';
import type { Config } from '../config.ts';
import type { ApiConstants } from '../constants.ts';
import type { createCacheCounts } from './cache-report.ts';
import type { RedisConnections } from './redis.ts';

export interface ReadingDeps {
  sql: Postgres['sql'];
  redis: Pick<RedisConnections, 'cache' | 'signals'>;
  caches: ReturnType<typeof createCacheCounts>;
  constants: Pick<ApiConstants, 'events' | 'redis' | 'resultMemory'>;
}

export interface Reading {
  reader: JobReader;
  waiters: JobWaiters;
  follow: FollowDeps;
  change: ChangeDeps;
  positions: Positions;
  workNotices: WorkNotices;
}

/** Opens the parts that read jobs through the caches, wait for them and change them. */
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
  const workNotices = createWorkNotices((notice) => void broadcast(redis.cache, { prefix, topic: 'work' }, notice));
  const publish = createPublish(redis.cache, { prefix, entriesMax: constants.events.perJobMax });
  const change: ChangeDeps = {
    sql,
    reader,
    publish(job) {
      publish(job);
      if (job.state === 'queued') workNotices.backlog();
      if (job.hasDeliveries) workNotices.deliveries();
    },
    broadcast: (topic, message) => void broadcast(redis.cache, { prefix, topic }, message),
  };
  const signals = createJobSignals(redis.signals, prefix);
  const versionPolls = createVersionPolls({ sql, isConnected: () => signals.isConnected() });
  closers.add('version polls', () => versionPolls.close());
  const waiters = createJobWaiters({ reader, signals, versionPolls });
  const events = createEventReader(redis.cache, {
    prefix,
    ttlSeconds: constants.events.retentionSeconds,
    slowMs: constants.redis.slowMs,
  });
  return { reader, waiters, follow: { reader, signals, versionPolls, events }, change, positions, workNotices };
}

function createPublish(
  redis: RedisConnections['cache'],
  { prefix, entriesMax }: { prefix: string; entriesMax: number },
): ChangeDeps['publish'] {
  const events = createEventWriter(redis, { prefix, entriesMax });
  const signal = (jobId: string, sent: Signal) => void signalJob(redis, prefix, { jobId, ...sent });
  return createPublisher({ events, signal }).publish;
}
