import type { QueueState } from '@turno/contract';
import { pathOf, type Requests } from './request.ts';

/** What the queues hold, of all tenants: only for a key of the first tenant with the scope admin, else `forbidden`. */
export interface Queues {
  /** Both queues: what waits, what runs, since when the oldest has waited. */
  list(): Promise<QueueState[]>;
  /** Starts no new attempts; running ones end. Felt by every process within about a second. Twice is as once. */
  pause(queue: QueueState['name']): Promise<void>;
  /** Lets them start again. */
  resume(queue: QueueState['name']): Promise<void>;
}

export function createQueues({ send, ask }: Requests): Queues {
  return {
    list: async () => (await ask<{ queues: QueueState[] }>(pathOf('queues'))).queues,
    pause: async (queue) => void (await send(pathOf('queues', queue, 'pause'), { method: 'POST' })),
    resume: async (queue) => void (await send(pathOf('queues', queue, 'resume'), { method: 'POST' })),
  };
}
