import { queueNames } from '@turno/contract';
import { Queue } from 'bullmq';
import { producerOptions, type QueueConnection, webhookQueue } from './queue-options.ts';

/**
 * Opens BullMQ's own queue objects for Bull Board.
 * Their calls fail within a second while Redis is unreachable.
 */
export function openQueues(connection: QueueConnection): { queues: Queue[]; close: () => Promise<void> } {
  const queues = [...queueNames, webhookQueue].map((name) => {
    const queue = new Queue(name, producerOptions(connection));
    queue.on('error', () => {}); // every call rejects with the same error
    return queue;
  });
  return {
    queues,
    close: async () => void (await Promise.all(queues.map((queue) => queue.close().catch(() => {})))),
  };
}
