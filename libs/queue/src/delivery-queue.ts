import type { Log } from '@turno/runtime';
import { bullJobId } from './bullmq-layout.ts';
import { countWaiting, openQueue } from './producer.ts';
import { type QueueConnection, webhookQueue } from './queue-options.ts';

/** One delivery on its way to a worker. Only ids travel through Redis. */
export interface QueuedDelivery {
  deliveryId: string;
  ticket: number;
}

/** The BullMQ queue of deliveries. Every call fails within a second while Redis is unreachable. */
export interface DeliveryQueue {
  /** Adds all, or throws; some may have been added then. Adding the same ticket twice is harmless. */
  send(tickets: readonly QueuedDelivery[]): Promise<void>;
  /** Returns the number of deliveries that wait in BullMQ. */
  waiting(): Promise<number>;
  /** Returns whether the queue is paused in BullMQ itself. */
  isPaused(): Promise<boolean>;
  close(): Promise<void>;
}

/** Opens the queue of deliveries. */
export function createDeliveryQueue(connection: QueueConnection, log: Log): DeliveryQueue {
  const queue = openQueue(webhookQueue, connection, log);
  return {
    async send(tickets) {
      await queue.addBulk(
        tickets.map(({ deliveryId, ticket }) => ({
          name: 'delivery',
          data: { deliveryId, ticket },
          opts: { jobId: bullJobId({ jobId: deliveryId, ticket }), attempts: 1 },
        })),
      );
    },
    waiting: () => countWaiting(queue),
    isPaused: () => queue.isPaused(),
    close: () => queue.close().catch(() => {}),
  };
}
