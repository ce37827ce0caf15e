import cluster from 'node:cluster';
import { loadCatalogue } from '@turno/kinds';
import { createBufferedLog, listen, type ProcessLife } from '@turno/runtime';
import { buildApp } from './app.ts';
import type { Config } from './config.ts';
import { type ApiConstants, apiConstants } from './constants.ts';
import { createCors } from './http/response/cors.ts';
import { createDrain } from './http/stream/drain.ts';
import { createRefusalLog } from './http/response/refusal-log.ts';
import { waitSecondsMax } from './operations/jobs/wait-for-job.ts';
import { startPrimary } from './processes/start-primary.ts';
import { closeServer, createApiServer } from './server.ts';
import { createCacheCounts } from './wiring/cache-report.ts';
import { openDatabase, prepareStores } from './wiring/database.ts';
import { openOperations } from './wiring/operations.ts';
import { startOps } from './wiring/ops.ts';
import { openRedisConnections } from './wiring/redis.ts';

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
  const { postgres, queries } = openDatabase(settings, life, constants.queries);
  const redis = openRedisConnections(settings, life, constants.redis);
  const caches = createCacheCounts();
  const { readiness, addresses } = await startOps(settings, life, { postgres, redis, caches });
  const parts = { postgres, queries, redis, catalogue, readiness, caches, constants };
  const { admission, operationDeps } = await openOperations(settings, life, parts);
  const drain = createDrain();
  const service = {
    log,
    requestLog: createBufferedLog('api', settings.LOG_LEVEL),
    logRefusal: createRefusalLog(log),
    drain,
    cors: createCors(settings.CORS_ORIGINS),
    stalledWriteMs: constants.http.stalledWriteMs,
  };
  const app = buildApp({ service, trustProxy: settings.TRUST_PROXY, admission, operationDeps });
  const server = createApiServer(app.express, serverLimits(settings, constants.http), app.listener);
  const api = await listen(server, { port: settings.PORT, host: settings.HOST });
  closers.add('http', () => {
    readiness.drain();
    drain.start();
    return closeServer(server, graceMsOf(settings));
  });
  return { api, ...addresses };
}

function serverLimits(settings: Config, http: ApiConstants['http']) {
  return {
    ...http,
    idleTimeoutMs: 2 * waitSecondsMax * 1_000,
    requestsPerSocketMax: settings.HTTP_MAX_REQUESTS_PER_SOCKET,
    connectionsMax: settings.HTTP_MAX_CONNECTIONS,
  };
}
