import { createDispatcher, createPublisher, type Dispatcher, type PublisherDeps } from '@turno/jobs';
import { openPostgres, type Postgres } from '@turno/postgres';
import { createProducer, type Producer, type QueueConnection } from '@turno/queue';
import { createEventWriter, subscribeToBroadcasts, openRedis, signalJob, type Topic } from '@turno/redis';
import type { ProcessLife } from '@turno/runtime';
import { divideConnections, openTenantQueries, type TenantQueries } from '@turno/tenants';
import type { Config } from '../config.ts';
import type { WorkerConstants } from '../constants.ts';

export interface Stores {
  postgres: Postgres;
  /** For statements whose cost a tenant decides. */
  queries: TenantQueries;
  connection: QueueConnection;
  producer: Producer;
  dispatcher: Dispatcher;
  events: PublisherDeps['events'];
  signal: PublisherDeps['signal'];
  /** Publishes changes of jobs to their waiters and followers. */
  publisher: ReturnType<typeof createPublisher>;
  /** Subscribes to a topic of broadcasts. */
  subscribe: (topic: Topic, onMessage: (message: string) => void) => void;
}

/** Opens the connections to Postgres and Redis and registers their closing. */
export function openStores(settings: Config, life: ProcessLife, constants: WorkerConstants): Stores {
  const { closers, log } = life;
  const { postgres, queries } = openDatabase(settings, life, constants);
  const prefix = settings.REDIS_PREFIX;
  const url = settings.CACHE_REDIS_URL ?? settings.REDIS_URL;
  const redis = openRedis({ url, role: 'cache', log });
  const broadcasts = openRedis({ url, role: 'subscriber', log });
  closers.add('redis', () => [redis, broadcasts].forEach((one) => one.disconnect()));
  const connection = { redisUrl: settings.REDIS_URL, prefix };
  const producer = createProducer(connection, log);
  closers.add('producer', () => producer.close());
  const dispatcher = createDispatcher({ sql: postgres.sql, producer, log });
  closers.add('dispatcher', () => dispatcher.close());
  const events = createEventWriter(redis, { prefix, entriesMax: constants.events.perJobMax });
  const signal: Stores['signal'] = (jobId, sent) => void signalJob(redis, prefix, { jobId, ...sent });
  const publisher = createPublisher({ events, signal });
  const subscribe: Stores['subscribe'] = (topic, onMessage) =>
    subscribeToBroadcasts(broadcasts, { prefix, topic }, onMessage);
  return { postgres, queries, connection, producer, dispatcher, events, signal, publisher, subscribe };
}

function openDatabase(
  settings: Config,
  { closers }: ProcessLife,
  constants: WorkerConstants,
): Pick<Stores, 'postgres' | 'queries'> {
  const { DATABASE_URL: url, DATABASE_PREPARE: prepare } = settings;
  const options = { url, prepare, name: 'turno-worker' };
  const connections = divideConnections(settings.DATABASE_POOL_MAX);
  const postgres = openPostgres({ ...options, poolMax: connections.main });
  closers.add('postgres', () => postgres.close());
  const queries = openTenantQueries({ ...options, poolMax: connections.queries }, constants.queries);
  closers.add('tenant queries', () => queries.close());
  return { postgres, queries };
}
