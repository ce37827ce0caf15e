import type { Log } from '@turno/runtime';
import { Queue } from 'bullmq';
import { failFastOptions, queueNames, type QueueConnection } from './queue-options.ts';

/** One ticket on its way to a worker. Only ids travel through Redis. */
export interface QueuedTicket {
  jobId: string;
  ticket: number;
  kind: string;
  queue: string;
  /** −100 … 100, higher first. */
  priority: number;
}

export interface Producer {
  /**
   * Adds all tickets or throws. After a throw some may have been added nevertheless; adding the same ticket again is
   * harmless, since its id is fixed. Fails within a second when Redis is away.
   */
  send(tickets: readonly QueuedTicket[]): Promise<void>;
  close(): Promise<void>;
}

export function createProducer(connection: QueueConnection, log: Log): Producer {
  const queues = new Map(queueNames.map((name) => [name as string, openQueue(name, connection, log)]));
  return {
    async send(tickets) {
      const byQueue = groupByQueue(tickets);
      await Promise.all([...byQueue].map(async ([name, group]) => queues.get(name)?.addBulk(group.map(toBullJob))));
    },
    async close() {
      await Promise.all([...queues.values()].map((queue) => queue.close().catch(() => {})));
    },
  };
}

function openQueue(name: string, connection: QueueConnection, log: Log): Queue {
  const queue = new Queue(name, failFastOptions(connection));
  queue.on('error', (error) => log.debug({ reason: error.message, queue: name }, 'queue connection'));
  return queue;
}

function toBullJob({ jobId, ticket, kind, priority }: QueuedTicket) {
  return {
    name: kind,
    data: { jobId, ticket },
    // BullMQ runs lower numbers first and 0 before all others.
    opts: { jobId: `${jobId}-${ticket}`, priority: 101 - priority, attempts: 1 },
  };
}

function groupByQueue(tickets: readonly QueuedTicket[]): Map<string, QueuedTicket[]> {
  const groups = new Map<string, QueuedTicket[]>();
  for (const ticket of tickets) {
    const group = groups.get(ticket.queue);
    if (group) group.push(ticket);
    else groups.set(ticket.queue, [ticket]);
  }
  return groups;
}
