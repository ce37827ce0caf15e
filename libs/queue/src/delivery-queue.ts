import type { Log } from '@turno/runtime';
import { openQueue } from './producer.ts';
import { type QueueConnection, webhookQueue } from './queue-options.ts';

/** One delivery on its way to a worker. Only ids travel through Redis. */
export interface QueuedDelivery {
  deliveryId: string;
  ticket: number;
}

export interface DeliveryQueue {
  /** Adds all, or throws within a second; some may have been added then. Adding the same ticket twice is harmless. */
  send(tickets: readonly QueuedDelivery[]): Promise<void>;
  close(): Promise<void>;
}

export function createDeliveryQueue(connection: QueueConnection, log: Log): DeliveryQueue {
  const queue = openQueue(webhookQueue, connection, log);
  return {
    async send(tickets) {
      await queue.addBulk(
        tickets.map(({ deliveryId, ticket }) => ({
          name: 'delivery',
          data: { deliveryId, ticket },
          opts: { jobId: `${deliveryId}-${ticket}`, attempts: 1 },
        })),
      );
    },
    close: () => queue.close().catch(() => {}),
  };
}
