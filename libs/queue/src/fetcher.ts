import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '@turno/runtime';
import { isNotConnectionError, type Job, Worker } from 'bullmq';
import { consumerOptions, type QueueConnection } from './queue-options.ts';
import type { Slots } from './slots.ts';

/** A BullMQ job as it was fetched. */
export interface FetchedJob<Data> {
  data: Data;
  kind: string;
}

export interface FetcherOptions<Data> {
  connection: QueueConnection;
  queue: string;
  /** BullMQ jobs are fetched only while one of these is free. */
  slots: Slots;
  lockMs: number;
  log: Log;
  /** Returns how many slots a BullMQ job can use. */
  sizeOf: (data: Data) => number;
  /**
   * Called in the turn in which the job arrives. The BullMQ job ends when this resolves.
   * A throw marks it as failed with that message and has no other effect: Postgres holds the outcome.
   */
  process: (fetched: FetchedJob<Data>) => Promise<void>;
}

/** The connections of one consumer to BullMQ. */
export interface Fetcher {
  pause(): Promise<void>;
  close(): Promise<void>;
}

/** Fetches that run at once while jobs wait: enough to fill the slots, few enough to share the jobs with other workers. */
const fetchesMax = 8;

/** The wait after a failed call, such as while Redis is away. */
const retryMs = 500;

/**
 * Fetches BullMQ jobs while slots are free, renews their locks, and ends them.
 * BullMQ's own loop fetches up to a fixed number of jobs; a pack uses many slots, so this loop counts slots instead.
 */
export function createFetcher<Data extends object>(options: FetcherOptions<Data>): Fetcher {
  const { slots, log, queue, sizeOf, process } = options;
  const worker = openWorker(options);
  const locks = renewLocks(worker, options);
  let tokens = 0;
  let fetching = 0;
  let isEmpty = false;
  let usualSize = 1;
  let paused = false;
  let closed = false;

  function pump(): void {
    while (!paused && fetching < fetchesWanted()) void fetchOne();
  }

  /** With an empty queue one fetch waits for the next job. Else the fetched jobs should fill the free slots. */
  function fetchesWanted(): number {
    const free = slots.free();
    return isEmpty ? Math.min(1, free) : Math.min(fetchesMax, Math.ceil(free / usualSize));
  }

  async function fetchOne(): Promise<void> {
    fetching += 1;
    const token = `${worker.id}:${(tokens += 1)}`;
    try {
      const job = (await worker.getNextJob(token)) as Job<Data> | undefined;
      isEmpty = job === undefined;
      if (job !== undefined) void run(job, token);
    } catch (error) {
      log.debug({ err: error, queue }, 'a fetch from BullMQ failed');
      await delay(retryMs);
    }
    fetching -= 1;
    pump();
  }

  async function run(job: Job<Data>, token: string): Promise<void> {
    usualSize = Math.max(1, sizeOf(job.data));
    const unlock = locks.add(job, token);
    let failure: Error | undefined;
    try {
      await process({ data: job.data, kind: job.name });
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error));
    }
    unlock();
    await endJob({ job, token, failure, isClosed: () => closed }, options);
  }

  slots.onFree(pump);
  // As BullMQ's own loop: a consumer that is paused right after its start fetches nothing.
  void worker.startStalledCheckTimer().finally(pump);
  return {
    async pause() {
      paused = true;
      await worker.pause(true);
    },
    async close() {
      paused = true;
      closed = true;
      locks.stop();
      await worker.close(true);
    },
  };
}

interface EndedJob {
  job: Job;
  token: string;
  failure: Error | undefined;
  isClosed: () => boolean;
}

/**
 * Ends a BullMQ job, again and again while Redis is away.
 * After any other error the job is no longer this worker's, and there is nothing to end.
 */
async function endJob<Data>(
  { job, token, failure, isClosed }: EndedJob,
  { log, queue }: FetcherOptions<Data>,
): Promise<void> {
  while (!isClosed()) {
    try {
      if (failure === undefined) await job.moveToCompleted(undefined, token, false);
      else await job.moveToFailed(failure, token, false);
      return;
    } catch (error) {
      if (isNotConnectionError(error as Error)) {
        return log.debug({ err: error, queue }, 'a BullMQ job could not be ended');
      }
      await delay(retryMs);
    }
  }
}

function openWorker<Data>({ connection, queue, lockMs, log }: FetcherOptions<Data>): Worker {
  const worker = new Worker(queue, undefined, {
    ...consumerOptions(connection),
    lockDuration: lockMs,
    stalledInterval: 5_000,
    maxStalledCount: 1_000,
    removeOnComplete: { count: 200 },
    removeOnFail: { count: 1_000 },
  });
  worker.on('error', (error) => log.debug({ reason: error.message, queue }, 'connection of a consumer lost'));
  return worker;
}

/** Renews the locks of fetched jobs, all in one call, three times within their duration. */
function renewLocks<Data>(worker: Worker, { queue, lockMs, log }: FetcherOptions<Data>) {
  const locked = new Map<string, string>();
  const timer = setInterval(() => void renew(), lockMs / 3);
  async function renew(): Promise<void> {
    if (locked.size === 0) return;
    const lost = await worker
      .extendJobLocks([...locked.keys()], [...locked.values()], lockMs)
      .catch((error: unknown) => log.debug({ err: error, queue }, 'BullMQ locks could not be renewed'));
    if (lost === undefined || lost.length === 0) return;
    log.warn({ queue, jobs: lost.length }, 'BullMQ locks were lost; another worker may fetch their tickets again');
  }
  return {
    add({ id = '' }: Job, token: string) {
      locked.set(id, token);
      return () => void locked.delete(id);
    },
    stop: () => clearInterval(timer),
  };
}
