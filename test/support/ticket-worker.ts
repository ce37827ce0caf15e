import {
  type AttemptTask,
  createRunningAttempts,
  createRunTimes,
  createUnsavedResults,
  type ExecuteAttempt,
  type RunDeps,
  runTickets,
} from '@turno/jobs';
import { loadCatalogue } from '@turno/kinds';
import { backlogTickets, claimJobs, createBatcher, finishJobs, type Postgres } from '@turno/postgres';
import { createSlots, createTicketConsumer, type Producer, type QueueConnection, type Slots } from '@turno/queue';
import { pino } from 'pino';
import { testKindsDir } from './kinds.ts';

const log = pino({ enabled: false });

export interface TicketWorkerOptions {
  sql: Postgres['sql'];
  connection: QueueConnection;
  producer: Pick<Producer, 'showFailure'>;
  slots: number;
  /** The handler of all kinds. A throw fails the attempt for good. */
  handle: (task: AttemptTask) => Promise<void>;
  startWithinMs?: number;
  pauses?: RunDeps['pauses'];
}

export interface TicketWorker {
  slots: Slots;
  /** The jobs whose handlers have begun, in their order, once for each attempt. */
  begun: string[];
  close(): Promise<void>;
}

const notPaused: RunDeps['pauses'] = { now: () => ({ queues: new Set(), kinds: new Set() }) };

/** Starts the part of a worker that fetches, claims, runs and finishes, in this process, on the queue `io`. */
export async function startTicketWorker(options: TicketWorkerOptions): Promise<TicketWorker> {
  const { sql, connection, producer, pauses = notPaused, startWithinMs = 100 } = options;
  const slots = createSlots(options.slots);
  const begun: string[] = [];
  const execute: ExecuteAttempt = async (task) => {
    begun.push(task.jobId);
    try {
      await options.handle(task);
      return { ok: true, output: { value: null } };
    } catch (error) {
      return { ok: false, code: 'handler-error', message: (error as Error).message, permanent: true };
    }
  };
  const deps: RunDeps = {
    catalogue: await loadCatalogue({ kindsDir: testKindsDir }),
    claims: createBatcher({ flush: (all) => claimJobs(sql, all), key: ({ jobId }) => jobId, timeoutMs: Infinity }),
    finishes: createBatcher({ flush: (all) => finishJobs(sql, all), key: ({ jobId }) => jobId, timeoutMs: Infinity }),
    requeues: createBatcher({
      flush: async (all) => (await backlogTickets(sql, all, { alone: true }), all.map(() => true as const)),
      key: ({ jobId }) => jobId,
      timeoutMs: Infinity,
    }),
    unsavedResults: createUnsavedResults({ bytesMax: 1_000_000, log }),
    execute,
    progress: { record: () => {}, close: () => {} },
    logLines: {
      begin: () => ({ info: () => {}, warn: () => {}, end: () => {} }),
      close: () => {},
    },
    publish: () => {},
    refill: () => {},
    noteRunEnded: () => {},
    noteDue: () => {},
    running: createRunningAttempts(),
    runTimes: createRunTimes({ shortMs: 50, runsMin: 100 }),
    showFailure: producer.showFailure,
    startWithinMs,
    isStopping: () => false,
    pauses,
    worker: 'in process',
    log,
  };
  const consumer = createTicketConsumer({
    connection,
    queue: 'io',
    slots,
    log,
    process: (tickets) => runTickets(deps, tickets, slots),
  });
  return { slots, begun, close: () => consumer.close() };
}
