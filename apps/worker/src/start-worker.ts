import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { preflight } from '@turno/jobs';
import type { Catalogue } from '@turno/kinds';
import { migrateDatabase } from '@turno/postgres';
import type { ProcessLife } from '@turno/runtime';
import type { Config } from './config.ts';
import { type WorkerConstants, workerConstants } from './constants.ts';
import { watchLoop } from './watch-loop.ts';
import { openAttempts } from './wiring/attempts.ts';
import { startConsumers } from './wiring/consumers.ts';
import { startExecutor } from './wiring/executor.ts';
import { openFiles } from './wiring/files.ts';
import { openKinds } from './wiring/kinds.ts';
import { startWorkerMaintenance } from './wiring/maintenance.ts';
import { startOps } from './wiring/ops.ts';
import { startRecorders } from './wiring/recorders.ts';
import { startSchedules } from './wiring/schedules.ts';
import { openStores, type Stores } from './wiring/stores.ts';
import { startWebhooks } from './wiring/webhooks.ts';

/** Open files of an idle process: stores, children, modules. */
const filesOfProcess = 200;
/**
 * The time after the grace for requeues, the release of the lease and the closing of the stores,
 * even when one of them does not answer.
 */
const closingMs = 6_000;

/** Returns the time after which a worker that shuts down is ended by force. */
export function workerShutdownMs(settings: Config): number {
  return graceMsOf(settings) + closingMs;
}

/**
 * Starts a worker.
 * Its parts stop in the opposite order. Returns the addresses it listens on. Only tests and benchmarks pass
 * `constants`.
 */
export async function startWorker(
  settings: Config,
  life: ProcessLife,
  constants: WorkerConstants = workerConstants,
): Promise<Record<string, string>> {
  const { closers, log } = life;
  const kinds = await openKinds(settings, life);
  const { catalogue } = kinds;
  await migrateDatabase(settings.DATABASE_URL);
  const stores = openStores(settings, life, constants);
  await checkStores(settings, life, stores);
  const ops = await startOps(settings, life, stores);
  log.info({ queues: settings.WORKER_QUEUES, kinds: namesOf(catalogue) }, 'worker serves these queues and kinds');
  const worker = `${hostname()}:${process.pid}:${randomBytes(3).toString('hex')}`;
  const maintenance = await startWorkerMaintenance(settings, life, { stores, worker, constants });
  const { sql } = stores.postgres;
  startSchedules(settings, life, { sql, maintenance, pace: constants.schedules });
  const recorders = startRecorders(life, stores, constants);
  const files = await openFiles(settings, life, { sql, constants });
  const execute = startExecutor(settings, life, { queries: stores.queries, files, kinds, constants });
  const loop = await watchLoop(constants.execution.loopBlockedMsMax);
  closers.add('loop', () => loop.stop());
  const webhooks = await startWebhooks(settings, life, { stores, dueWork: maintenance.dueWork, constants });
  closers.add('webhooks', () => webhooks.stop());
  const attempts = openAttempts({ stores, maintenance, recorders, catalogue, execute, worker, constants, log });
  const consumers = startConsumers(settings, life, {
    stores,
    attempts,
    noteFetched: maintenance.noteFetched,
    constants,
  });
  closers.add('consumers', () => {
    // At the same time as the attempts, whose grace is long.
    void webhooks.stop().catch((error: unknown) => log.warn({ err: error }, 'webhooks did not stop cleanly'));
    return consumers.stop(graceMsOf(settings));
  });
  closers.add('readiness', () => ops.drain());
  return { ops: ops.url };
}

function checkStores(settings: Config, { log }: ProcessLife, { postgres }: Stores): Promise<void> {
  return preflight({
    sql: postgres.sql,
    redisUrl: settings.REDIS_URL,
    log,
    poolMax: settings.DATABASE_POOL_MAX,
    filesMax: 2 * settings.IO_CONCURRENCY + filesOfProcess,
  });
}

function namesOf(catalogue: Catalogue): string[] {
  return [...catalogue.values()].map(({ kind }) => `${kind.name}@${kind.version}`);
}

function graceMsOf(settings: Config): number {
  return settings.SHUTDOWN_GRACE_SECONDS * 1_000;
}
