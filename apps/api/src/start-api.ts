import cluster from 'node:cluster';
import { loadCatalogue } from '@turno/kinds';
import { openRedis } from '@turno/redis';
import {
  createBufferedLog,
  listen,
  type OpsOptions,
  type ProcessLife,
  healthChecks,
  startOpsServer,
  watchReadiness,
} from '@turno/runtime';
import { buildApp } from './app.ts';
import { cacheReport, createCacheCounts } from './wiring/cache-report.ts';
import type { Config } from './config.ts';
import { type ApiConstants, apiConstants } from './constants.ts';
import { createCors } from './http/response/cors.ts';
import { createDrain } from './http/stream/drain.ts';
import { createRefusalLog } from './http/response/refusal-log.ts';
import { openDatabase, prepareStores } from './wiring/database.ts';
import { joinPrimary } from './processes/join-primary.ts';
import { startPrimary } from './processes/start-primary.ts';
import { waitSecondsMax } from './operations/jobs/wait-for-job.ts';
import { openOperations } from './wiring/operations.ts';
import { closeServer, createApiServer } from './server.ts';

/**
 * Starts the API: as the primary of several processes, or as a process that serves.
 * Returns the addresses it listens on. Only tests and benchmarks pass `constants`.
 */
export function startApi(
  settings: Config,
  life: ProcessLife,
  constants: ApiConstants = apiConstants,
): Promise<Record<string, string>> {
  return isPrimaryOfSeveral(settings) ? startPrimary(settings, life) : serveApi(settings, life, constants);
}

/**
 * Returns the time after which an API process that shuts down is ended by force.
 * A primary waits longer than its children.
 */
export function apiShutdownMs(settings: Config): number {
  return graceMsOf(settings) + (isPrimaryOfSeveral(settings) ? 8_000 : 5_000);
}

function isPrimaryOfSeveral(settings: Config): boolean {
  return cluster.isPrimary && settings.API_PROCESSES > 1;
}

function graceMsOf(settings: Config): number {
  return settings.SHUTDOWN_GRACE_SECONDS * 1_000;
}

/** Starts one process that serves. Its parts stop in the opposite order. */
async function serveApi(settings: Config, life: ProcessLife, constants: ApiConstants): Promise<Record<string, string>> {
  const { closers, log } = life;
  const catalogue = await loadCatalogue({ kindsDir: settings.KINDS_DIR });
  if (cluster.isPrimary) await prepareStores(settings, log);
  const postgres = openDatabase(settings, life);
  const redis = openAllRedis(settings, { closers, log });
  const readiness = watchReadiness(log, [
    { name: 'postgres', check: () => postgres.ping(), neededWithinMs: 5_000 },
    { name: 'redis', check: async () => (await redis.queue.ping()) === 'PONG' },
  ]);
  closers.add('readiness', () => readiness.close());
  const caches = createCacheCounts();
  const ops = await openOps(settings, { ...healthChecks(readiness), ...cacheReport(caches) }, life);

  const drain = createDrain();
  const { admission, operationDeps } = await openOperations(settings, life, {
    postgres,
    redis,
    catalogue,
    readiness,
    caches,
    constants,
  });
  const app = buildApp({
    service: {
      log,
      requestLog: createBufferedLog('api', settings.LOG_LEVEL),
      logRefusal: createRefusalLog(log),
      drain,
      cors: createCors(settings.CORS_ORIGINS),
    },
    trustProxy: settings.TRUST_PROXY,
    admission,
    operationDeps,
  });
  const server = createApiServer(app, serverLimits(settings, constants.http));
  const api = await listen(server, { port: settings.PORT, host: settings.HOST });
  closers.add('http', () => {
    readiness.drain();
    drain.start();
    return closeServer(server, graceMsOf(settings));
  });
  return { api, ...ops };
}

/** A listener of its own for operations, or its part in that of the primary. */
async function openOps(settings: Config, routes: OpsOptions['routes'], { closers }: ProcessLife) {
  if (cluster.isWorker) return joinPrimary(routes);
  const ops = await startOpsServer({ host: settings.HOST, port: settings.OPS_PORT, routes });
  closers.add('ops', () => ops.close());
  return { ops: ops.url };
}

function openAllRedis(settings: Config, { closers, log }: ProcessLife) {
  const { REDIS_URL: queueUrl, CACHE_REDIS_URL: cacheUrl = queueUrl } = settings;
  const cache = openRedis({ url: cacheUrl, role: 'cache', log });
  const queue = cacheUrl === queueUrl ? cache : openRedis({ url: queueUrl, role: 'cache', log });
  const signals = openRedis({ url: cacheUrl, role: 'subscriber', log });
  closers.add('redis', () => [cache, queue, signals].forEach((redis) => redis.disconnect()));
  return { cache, queue, signals };
}

function serverLimits(settings: Config, http: ApiConstants['http']) {
  return {
    ...http,
    idleTimeoutMs: 2 * waitSecondsMax * 1_000,
    requestsPerSocketMax: settings.HTTP_MAX_REQUESTS_PER_SOCKET,
    connectionsMax: settings.HTTP_MAX_CONNECTIONS,
  };
}
