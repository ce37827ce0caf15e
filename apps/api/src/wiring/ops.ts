import cluster from 'node:cluster';
import { answers, type Postgres } from '@turno/postgres';
import {
  healthChecks,
  type OpsOptions,
  type ProcessLife,
  type Readiness,
  startOpsServer,
  watchReadiness,
} from '@turno/runtime';
import type { Config } from '../config.ts';
import { joinPrimary } from '../processes/join-primary.ts';
import { cacheReport, type createCacheCounts } from './cache-report.ts';
import type { RedisConnections } from './redis.ts';

export interface OpsParts {
  postgres: Pick<Postgres, 'ping' | 'answeredWithin'>;
  redis: Pick<RedisConnections, 'queue'>;
  caches: ReturnType<typeof createCacheCounts>;
}

export interface Ops {
  readiness: Readiness;
  /** The address of the listener; a process below a primary has none. */
  addresses: { ops?: string };
}

/** Starts the watch of the stores and the listener for health and cache counts. */
export async function startOps(
  settings: Config,
  { closers, log }: ProcessLife,
  { postgres, redis, caches }: OpsParts,
): Promise<Ops> {
  const readiness = watchReadiness(log, [
    { name: 'postgres', check: () => answers(postgres), neededWithinMs: 5_000 },
    { name: 'redis', check: async () => (await redis.queue.ping()) === 'PONG' },
  ]);
  closers.add('readiness', () => readiness.close());
  const routes: OpsOptions['routes'] = { ...healthChecks(readiness), ...cacheReport(caches) };
  if (cluster.isWorker) {
    joinPrimary(routes);
    return { readiness, addresses: {} };
  }
  const ops = await startOpsServer({ host: settings.HOST, port: settings.OPS_PORT, routes });
  closers.add('ops', () => ops.close());
  return { readiness, addresses: { ops: ops.url } };
}
