import { inlineBytesMax } from '@turno/contract';
import {
  type ChangeDeps,
  createJobReader,
  createJobWaiters,
  dropErased,
  type JobReader,
  type JobWaiters,
} from '@turno/jobs';
import type { Postgres } from '@turno/postgres';
import {
  announce,
  createJobCache,
  createJobListener,
  hearAnnouncements,
  type openRedis,
  signalJob,
} from '@turno/redis';
import type { Config } from './config.ts';

type Redis = ReturnType<typeof openRedis>;

export interface Reading {
  reader: JobReader;
  waiters: JobWaiters;
  change: ChangeDeps;
}

/** What reads jobs through the caches, and what changes them and tells the caches and all who wait. */
export function openReading(settings: Config, sql: Postgres['sql'], redis: { cache: Redis; signals: Redis }): Reading {
  const prefix = settings.REDIS_PREFIX;
  const cache = createJobCache(redis.cache, {
    prefix,
    seconds: settings.RESULT_CACHE_SECONDS,
    bytesMax: 2 * inlineBytesMax,
  });
  const reader = createJobReader({
    sql,
    cache,
    retentionDays: settings.RETENTION_DAYS,
    memoryBytes: settings.RESULT_MEMORY_BYTES,
    memoryMs: settings.RESULT_MEMORY_SECONDS * 1_000,
  });
  hearAnnouncements(redis.signals, { prefix, topic: 'erased' }, (notice) => dropErased(reader, notice));
  const change: ChangeDeps = {
    sql,
    reader,
    tell: ({ jobId }) => void signalJob(redis.cache, prefix, jobId),
    announce: (topic, message) => void announce(redis.cache, { prefix, topic }, message),
  };
  const waiters = createJobWaiters({ reader, listener: createJobListener(redis.signals, prefix) });
  return { reader, waiters, change };
}
