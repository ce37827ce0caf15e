import type { QueueName } from '@turno/contract';
import type { Log } from '@turno/runtime';
import { createFetcher, type FetchedJob, type Fetcher, type FetcherOptions } from './fetcher.ts';
import type { QueueConnection, webhookQueue } from './queue-options.ts';
import { createSlots, type Slots } from './slots.ts';

/** Options of a consumer. `Data` is the data of its BullMQ jobs. */
export interface ConsumerOptions<Data> {
  connection: QueueConnection;
  queue: QueueName | typeof webhookQueue;
  slots: Slots;
  /** BullMQ gives a job to another worker when its worker has not renewed the lock for this time. */
  lockMs?: number;
  log: Log;
  process: (fetched: FetchedJob<Data>) => Promise<void>;
}

/** A BullMQ worker of one queue. */
export interface Consumer {
  queue: QueueName | typeof webhookQueue;
  /** Stops fetching. Running attempts continue. */
  pause(): Promise<void>;
  /** Says whether a slot is free, and how many BullMQ jobs were fetched so far. */
  load(): { free: boolean; fetched: number };
  /** Replaces the connections. Running attempts continue. */
  rebuild(): void;
  /** Drops the connections at once. Call it only when no running attempt still has to be acknowledged. */
  close(): Promise<void>;
}

export const ticketLockMs = 30_000;

/** Starts consuming a queue whose BullMQ jobs use one slot each, until their processing ends. */
export function createConsumer<Data extends object>({
  concurrency,
  process,
  ...options
}: Omit<ConsumerOptions<Data>, 'process' | 'slots'> & {
  concurrency: number;
  process: (handed: Data & { kind: string; queue: string }) => Promise<void>;
}): Consumer {
  const slots = createSlots(concurrency);
  return openConsumer<Data>({
    ...options,
    slots,
    sizeOf: () => 1,
    async process({ data, kind }) {
      const taken = slots.take(1) || (await slots.wait(1, 2 ** 31 - 1));
      try {
        await process({ ...data, kind, queue: options.queue });
      } finally {
        slots.release(taken);
      }
    },
  });
}

/**
 * Starts consuming a queue.
 * BullMQ gives a stalled job (its worker sent no sign of life) to another worker after `lockMs`, without a limit,
 * unless the reconciler requeued its job before. The ticket decides whether that second run may start.
 */
export function openConsumer<Data extends object>(
  options: ConsumerOptions<Data> & Pick<FetcherOptions<Data>, 'sizeOf'>,
): Consumer {
  const { queue, slots, lockMs = ticketLockMs, process } = options;
  let fetched = 0;
  const open = (): Fetcher =>
    createFetcher<Data>({
      ...options,
      lockMs,
      process(job) {
        fetched += 1;
        return process(job);
      },
    });
  let fetcher = open();
  return {
    queue,
    pause: () => fetcher.pause(),
    load: () => ({ free: slots.free() > 0, fetched }),
    rebuild() {
      void fetcher.close().catch(() => {});
      fetcher = open();
    },
    close: () => fetcher.close(),
  };
}
