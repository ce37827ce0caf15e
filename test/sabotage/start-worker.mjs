import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import {
  createDispatcher,
  createUnsavedResults,
  createProgressRecorder,
  createRunningAttempts,
  createRunTimes,
  createWindow,
  renewLeaseRegularly,
  runTickets,
  startMaintenance,
  watchDueWork,
} from '@turno/jobs';
import { loadCatalogue } from '@turno/kinds';
import { claimJobs, createBatcher, finishJobs, openPostgres } from '@turno/postgres';
import { createProducer, createSlots, createTicketConsumer } from '@turno/queue';
import { createLog, runProcess } from '@turno/runtime';

/*
 * A worker made of the same parts as the shipped one, with one guarantee taken out. The tests of that guarantee must
 * fail with it, or they prove nothing.
 */

/** Pauses vary by a tenth, and Node takes one over 2³¹ − 1 for no pause at all. */
const never = 1_000_000_000;

/**
 * `finish` writes ends, `redispatches` says whether lost dispatches are looked for. What is left out is as it should
 * be. Handlers only wait, and are deaf.
 */
export async function startWorker({ finish = finishJobs, redispatches = true } = {}) {
  const { env } = process;
  await runProcess(createLog('sabotaged', 'info'), 5_000, async ({ log }) => {
    const { sql } = openPostgres({ url: env.DATABASE_URL, poolMax: 5, prepare: true, name: 'sabotaged' });
    const connection = { redisUrl: env.REDIS_URL, prefix: env.REDIS_PREFIX };
    const producer = createProducer(connection, log);
    const dispatcher = createDispatcher({ sql, producer, log });
    const running = createRunningAttempts();
    const dueWork = await watchDueWork({ sql, log });
    const window = createWindow({ producer, log, dueWork, size: 5_000 });
    const worker = `sabotaged:${process.pid}:0`;
    await renewLeaseRegularly(
      { sql, log, running },
      { worker, leaseMs: 2_000, renewEveryMs: 200, lostClaimsEveryMs: 200 },
    );
    const maintenance = startMaintenance(
      { sql, log, publish: () => {}, producer, dispatcher, window, dueWork, running },
      options(redispatches, worker),
    );
    const deps = {
      catalogue: await loadCatalogue({ kindsDir: env.KINDS_DIR }),
      claims: createBatcher({ flush: (all) => claimJobs(sql, all), key: (one) => one.jobId, timeoutMs: Infinity }),
      finishes: createBatcher({ flush: (all) => finish(sql, all), key: (one) => one.jobId, timeoutMs: Infinity }),
      requeues: { add: async () => {} },
      unsavedResults: createUnsavedResults({ bytesMax: 1_000_000, log }),
      execute: async ({ input }) => {
        if (input.until !== undefined) log.info('begun');
        while (input.until !== undefined && !existsSync(input.until)) await delay(20);
        await delay(input.ms ?? 0);
        return { ok: true, output: { value: null } };
      },
      progress: createProgressRecorder({ sql, log, publishProgress: () => {} }),
      logLines: { begin: () => ({ info: () => {}, warn: () => {}, end: () => {} }) },
      publish: () => {},
      refill: maintenance.refill,
      noteDue: (inMs) => dueWork.note('promote', inMs),
      noteRunEnded: maintenance.noteRunEnded,
      running,
      pauses: dueWork,
      runTimes: createRunTimes({ shortMs: 0, runsMin: Infinity }),
      showFailure: producer.showFailure,
      startWithinMs: 100,
      isStopping: () => false,
      worker,
      log,
    };
    const slots = createSlots(10);
    const run = (tickets) => runTickets(deps, tickets, slots);
    createTicketConsumer({ connection, queue: 'io', slots, log, process: run });
    return {};
  });
}

function options(redispatches, worker) {
  return {
    worker,
    refillEveryMs: 100,
    releaseEveryMs: never,
    promoteEveryMs: 50,
    redispatchEveryMs: redispatches ? 200 : never,
    lostAfterMs: 1_000,
    reconcileEveryMs: redispatches ? 300 : never,
    reconcileAfterMs: 1_000,
    rescueEveryMs: 200,
    leaseMs: 2_000,
    purgeEveryMs: never,
    analyzeEveryMs: never,
    retentionDays: 7,
    idempotencyHours: 24,
    rowsMax: 200,
    refillRowsMax: 100,
    reconcileRowsMax: 1_000,
    purgeRowsMax: 500,
  };
}
