import type { QueueName } from '@turno/contract';
import type { Log } from '@turno/runtime';
import { Worker, type Job } from 'bullmq';
import type { QueuedTicket } from './producer.ts';
import { consumerOptions, type QueueConnection, type webhookQueue } from './queue-options.ts';

/** A ticket as BullMQ gives it to a worker. */
export type HandedTicket = Omit<QueuedTicket, 'priority'>;

type Handed<Ids> = Ids & Pick<HandedTicket, 'kind' | 'queue'>;

/** Options of a consumer. `Ids` is the data of its BullMQ jobs. */
export interface ConsumerOptions<Ids> {
  connection: QueueConnection;
  queue: QueueName | typeof webhookQueue;
  concurrency: number;
  /** BullMQ gives a ticket to another worker when its worker has not renewed the lock for this time. */
  lockMs?: number;
  log: Log;
  /**
   * A throw marks the BullMQ job as failed with that message and has no other effect:
   * Postgres holds the outcome.
   */
  process: (handed: Handed<Ids>) => Promise<void>;
}

/** A BullMQ worker of one queue. */
export interface Consumer {
  queue: QueueName | typeof webhookQueue;
  /** Stops fetching. Running attempts continue. */
  pause(): Promise<void>;
  /** Says whether a slot is free, and how many tickets were fetched so far. */
  load(): { free: boolean; fetched: number };
  /** Replaces the connections. Running attempts continue. */
  rebuild(): void;
  /** Drops the connections at once. Call it only when no running attempt still has to be acknowledged. */
  close(): Promise<void>;
}

export const ticketLockMs = 30_000;

/**
 * Starts consuming a queue.
 * BullMQ gives a stalled job (its worker sent no sign of life) to another worker after `lockMs`, without a limit,
 * unless the reconciler requeued its job before. The ticket decides whether that second run may start.
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
  lockMs = ticketLockMs,
  log,
  process,
}: ConsumerOptions<Ids>): Worker {
  const take = ({ data, name }: Job<Ids>) => process({ ...data, kind: name, queue });
  const worker = new Worker(queue, take, {
    ...consumerOptions(connection),
    concurrency,
    lockDuration: lockMs,
    stalledInterval: 5_000,
    maxStalledCount: 1_000,
    runRetryDelay: 500, // after a lost connection; BullMQ's default of 15 s would leave a slot idle for as long
    removeOnComplete: { count: 200 },
    removeOnFail: { count: 1_000 },
  });
  worker.on('error', (error) => log.debug({ reason: error.message, queue }, 'connection of a consumer lost'));
  worker.on('lockRenewalFailed', (ids) =>
    log.warn(
      { queue, jobs: ids.length },
      'BullMQ locks could not be renewed; another worker may fetch their tickets again',
    ),
  );
  return worker;
}
