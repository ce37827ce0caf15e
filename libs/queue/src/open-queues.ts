import { Queue } from 'bullmq';
import { failFastOptions, queueNames, type QueueConnection, webhookQueue } from './queue-options.ts';

/** BullMQ's own queue objects, for Bull Board to look through. Calls fail within a second while Redis is away. */
export function openQueues(connection: QueueConnection): { queues: Queue[]; close: () => Promise<void> } {
  const queues = [...queueNames, webhookQueue].map((name) => {
    const queue = new Queue(name, failFastOptions(connection));
    queue.on('error', () => {}); // each call says so itself
    return queue;
  });
  return {
    queues,
    close: async () => void (await Promise.all(queues.map((queue) => queue.close().catch(() => {})))),
  };
}
