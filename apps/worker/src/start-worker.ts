import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { preflight, createLogLineRecorder, createProgressRecorder, type RunDeps } from '@turno/jobs';
import { loadCatalogue } from '@turno/kinds';
import { migrateDatabase, readUsage } from '@turno/postgres';
import { createOutbound, healthChecks, type ProcessLife, startOpsServer, watchReadiness } from '@turno/runtime';
import type { Config } from './config.ts';
import { type WorkerConstants, workerConstants } from './constants.ts';
import { createExecutor } from './execute/create-executor.ts';
import type { WorkerFiles } from './execute/handler-files.ts';
import { openFiles } from './wiring/files.ts';
import { openStores, type Stores } from './wiring/stores.ts';
import { openWriting } from './wiring/writing.ts';
import { startConsumers } from './wiring/consumers.ts';
import { startWorkerMaintenance } from './wiring/maintenance.ts';
import { startWebhooks } from './wiring/webhooks.ts';
import { startSchedules } from './wiring/schedules.ts';
import { watchLoop } from './watch-loop.ts';

/** Open files of an idle process: stores, children, modules. */
const filesOfProcess = 200;
/** Beyond the grace: requeues, the release of the lease, the closing of the stores, even when one of them does not answer. */
const closingMs = 6_000;

/** Returns the time after which a worker that shuts down is ended by force. */
export function workerShutdownMs(settings: Config): number {
  return graceMsOf(settings) + closingMs;
}

/**
 * Starts a worker. Its parts stop in the opposite order. Returns the addresses it listens on. Only tests and benchmarks pass
 * `constants`.
 */
export async function startWorker(
  settings: Config,
  life: ProcessLife,
  constants: WorkerConstants = workerConstants,
): Promise<Record<string, string>> {
  const { closers, log } = life;
  const catalogue = await loadCatalogue({ kindsDir: settings.KINDS_DIR });
  await migrateDatabase(settings.DATABASE_URL);
  const stores = openStores(settings, life, constants);
  const { sql } = stores.postgres;
  await preflight({
    sql,
    redisUrl: settings.REDIS_URL,
    log,
    poolMax: settings.DATABASE_POOL_MAX,
    filesMax: 2 * settings.IO_CONCURRENCY + filesOfProcess,
  });
  const { ops, readiness } = await startOps(settings, life, stores);
  const kinds = [...catalogue.values()].map(({ kind }) => `${kind.name}@${kind.version}`);
  log.info({ queues: settings.WORKER_QUEUES, kinds }, 'takes work of these');
  const worker = `${hostname()}:${process.pid}:${randomBytes(3).toString('hex')}`;
  const maintenance = await startWorkerMaintenance(settings, life, { stores, worker, constants });
  startSchedules(settings, life, { sql, refill: maintenance.refill, pace: constants.schedules });
  const { publish, publishProgress } = stores.publisher;
  const progress = createProgressRecorder({ sql, log, publishProgress });
  closers.add('progress', () => progress.close());
  const logLines = startLogLines(constants, life, stores);
  const files = await openFiles(settings, life, { stores, constants });
  const execute = startExecutor(settings, life, { stores, files, constants });
  const loop = await watchLoop(constants.execution.loopBlockedMsMax);
  closers.add('loop', () => loop.stop());
  const webhooks = await startWebhooks(settings, life, { stores, constants });
  closers.add('webhooks', () => webhooks.stop());
  const consumers = startConsumers({
    connection: stores.connection,
    producer: stores.producer,
    noteFetched: maintenance.noteFetched,
    fetchStuckMs: constants.execution.fetchStuckMs,
    concurrency: concurrencyOf(settings),
    log,
    deps: {
      ...stores,
      ...maintenance,
      ...openWriting(stores, log, constants.execution),
      catalogue,
      execute,
      progress,
      logLines,
      publish,
      worker,
      log,
    },
  });
  closers.add('consumers', () => {
    // Beside the jobs, whose grace is long.
    void webhooks.stop().catch((error: unknown) => log.warn({ err: error }, 'webhooks did not stop cleanly'));
    return consumers.stop(graceMsOf(settings));
  });
  closers.add('readiness', () => readiness.drain());
  return { ops: ops.url };
}

function startLogLines(
  { events }: WorkerConstants,
  { closers }: ProcessLife,
  { publisher }: Stores,
): RunDeps['logLines'] {
  const limits = { linesMax: events.logLinesMax, charsMax: events.logCharsMax };
  const logLines = createLogLineRecorder({ ...publisher, limits });
  closers.add('log lines', () => logLines.close());
  return logLines;
}

function startExecutor(
  settings: Config,
  { closers, log }: ProcessLife,
  { stores: { postgres }, files, constants }: { stores: Stores; files: WorkerFiles; constants: WorkerConstants },
): RunDeps['execute'] {
  const outbound = createOutbound({ allowHosts: settings.OUTBOUND_ALLOW_HOSTS });
  closers.add('outbound', () => outbound.close());
  const executor = createExecutor({
    cpuConcurrency: concurrencyOf(settings).cpu ?? 0,
    outputBytesMax: constants.execution.outputBytesMax,
    outputInlineBytesMax: constants.execution.outputInlineBytesMax,
    files,
    outbound,
    readUsage: (tenantId, range) => readUsage(postgres.sql, tenantId, range),
    log,
  });
  closers.add('executor', () => executor.close());
  return executor.execute;
}

/** Opened before the work, so that it still answers while that is let go. */
async function startOps(settings: Config, { closers, log }: ProcessLife, { postgres, producer }: Stores) {
  const readiness = watchReadiness(log, [
    { name: 'postgres', check: () => postgres.ping(), neededWithinMs: 5_000 },
    { name: 'redis', check: () => producer.epoch().then(() => true) },
  ]);
  closers.add('readiness', () => readiness.close());
  const { HOST: host, WORKER_OPS_PORT: port } = settings;
  const ops = await startOpsServer({ host, port, routes: healthChecks(readiness) });
  closers.add('ops', () => ops.close());
  return { ops, readiness };
}

function concurrencyOf(settings: Config): { cpu?: number; io?: number } {
  return {
    ...(settings.WORKER_QUEUES.includes('cpu') && { cpu: settings.CPU_CONCURRENCY }),
    ...(settings.WORKER_QUEUES.includes('io') && { io: settings.IO_CONCURRENCY }),
  };
}

function graceMsOf(settings: Config): number {
  return settings.SHUTDOWN_GRACE_SECONDS * 1_000;
}
