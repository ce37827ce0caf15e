import type { Log } from '@turno/runtime';
import { Worker, type Job } from 'bullmq';
import type { QueuedTicket } from './producer.ts';
import { patientOptions, type QueueConnection, type QueueName, type webhookQueue } from './queue-options.ts';

/** A ticket as BullMQ hands it over. */
export type HandedTicket = Omit<QueuedTicket, 'priority'>;

type Handed<Ids> = Ids & Pick<HandedTicket, 'kind' | 'queue'>;

/** `Ids`: what travels through Redis. */
export interface ConsumerOptions<Ids> {
  connection: QueueConnection;
  queue: QueueName | typeof webhookQueue;
  concurrency: number;
  log: Log;
  /** A throw marks the BullMQ job as failed with that message; it decides nothing, Postgres has decided before. */
  process: (handed: Handed<Ids>) => Promise<void>;
}

export interface Consumer {
  queue: QueueName | typeof webhookQueue;
  /** Stops fetching. What is in hand goes on. */
  pause(): Promise<void>;
  /** Whether a slot is free, and how many tickets were fetched so far. */
  load(): { free: boolean; fetched: number };
  /** Begins again with new connections. What is in hand goes on. */
  rebuild(): void;
  /** Lets go of the connection at once. Call it only when nothing is in hand that should be acknowledged. */
  close(): Promise<void>;
}

/**
 * Stalled jobs are BullMQ's word for "its worker has gone silent": they are handed over again here after about 31 s, as often as it
 * takes, when the reconciler has not given their jobs to others before. Whether that may run is for the ticket to say.
 */
export function createConsumer<Ids extends object>(options: ConsumerOptions<Ids>): Consumer {
  const { queue, concurrency, process } = options;
  let running = 0;
  let fetched = 0;
  const counted = async (handed: Handed<Ids>) => {
    running += 1;
    fetched += 1;
    try {
      await process(handed);
    } finally {
      running -= 1;
    }
  };
  let worker = openWorker({ ...options, process: counted });
  return {
    queue,
    pause: () => worker.pause(true),
    load: () => ({ free: running < concurrency, fetched }),
    rebuild() {
      void worker.close(true).catch(() => {});
      worker = openWorker({ ...options, process: counted });
    },
    close: () => worker.close(true),
  };
}

function openWorker<Ids extends object>({
  connection,
  queue,
  concurrency,
  log,
  process,
}: ConsumerOptions<Ids>): Worker {
  const take = ({ data, name }: Job<Ids>) => process({ ...data, kind: name, queue });
  const worker = new Worker(queue, take, {
    ...patientOptions(connection),
    concurrency,
    lockDuration: 30_000,
    stalledInterval: 5_000,
    maxStalledCount: 1_000,
    runRetryDelay: 500, // after a lost connection; a slot would stand still for BullMQ's usual 15 s
    removeOnComplete: { count: 200 },
    removeOnFail: { count: 1_000 },
  });
  worker.on('error', (error) => log.debug({ reason: error.message, queue }, 'consumer connection'));
  worker.on('lockRenewalFailed', (ids) => log.warn({ queue, jobs: ids.length }, 'a BullMQ lock was lost'));
  return worker;
}
