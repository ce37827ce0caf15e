import { createDispatcher, createPublish, type Dispatcher, type PublishDeps } from '@turno/jobs';
import { openPostgres, type Postgres } from '@turno/postgres';
import { createProducer, type Producer, type QueueConnection } from '@turno/queue';
import { createEventWriter, subscribeToBroadcasts, openRedis, signalJob } from '@turno/redis';
import type { ProcessLife } from '@turno/runtime';
import type { Config } from '../config.ts';

export interface Stores {
  postgres: Postgres;
  connection: QueueConnection;
  producer: Producer;
  dispatcher: Dispatcher;
  /** How jobs are told of to whoever waits for them or follows them. */
  telling: PublishDeps & ReturnType<typeof createPublish>;
  /** What Redis tells of attempts that must stop. */
  subscribeToStops: (take: (notice: string) => void) => void;
}

/** Opens what this process knows of Postgres and Redis, and registers its closing. */
export function openStores(settings: Config, { closers, log }: ProcessLife): Stores {
  const postgres = openPostgres({
    url: settings.DATABASE_URL,
    poolMax: settings.DATABASE_POOL_MAX,
    prepare: settings.DATABASE_PREPARE,
    name: 'turno-worker',
  });
  closers.add('postgres', () => postgres.close());
  const prefix = settings.REDIS_PREFIX;
  const url = settings.CACHE_REDIS_URL ?? settings.REDIS_URL;
  const redis = openRedis({ url, role: 'cache', log });
  const announcements = openRedis({ url, role: 'subscriber', log });
  closers.add('redis', () => [redis, announcements].forEach((one) => one.disconnect()));
  const connection = { redisUrl: settings.REDIS_URL, prefix };
  const producer = createProducer(connection, log);
  closers.add('producer', () => producer.close());
  const dispatcher = createDispatcher({ sql: postgres.sql, producer, log });
  closers.add('dispatcher', () => dispatcher.close());
  const telling = openTelling(redis, settings);
  const subscribeToStops: Stores['subscribeToStops'] = (take) =>
    subscribeToBroadcasts(announcements, { prefix, topic: 'stop' }, take);
  return { postgres, connection, producer, dispatcher, telling, subscribeToStops };
}

function openTelling(redis: ReturnType<typeof openRedis>, settings: Config): Stores['telling'] {
  const { REDIS_PREFIX: prefix, EVENTS_PER_JOB_MAX: entriesMax } = settings;
  const deps: PublishDeps = {
    events: createEventWriter(redis, { prefix, entriesMax }),
    signal: (jobId, signal) => void signalJob(redis, prefix, { jobId, signal }),
  };
  return { ...deps, ...createPublish(deps) };
}
