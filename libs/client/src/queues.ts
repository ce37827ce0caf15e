import type { QueueState } from '@turno/contract';
import { pathOf, type Requests } from './request.ts';

/** The queues of all tenants. All calls need an admin key of the operator tenant and throw `forbidden` without it. */
export interface Queues {
  /** Lists the queues: waiting and running jobs, and the age of the oldest waiting job. */
  list(): Promise<QueueState[]>;
  /** Starts no new attempts; running attempts end. In force in all processes within about a second. Idempotent. */
  pause(queue: QueueState['name']): Promise<void>;
  /** Starts new attempts again. */
  resume(queue: QueueState['name']): Promise<void>;
}

export function createQueues({ send, fetchJson }: Requests): Queues {
  return {
    list: async () => (await fetchJson<{ queues: QueueState[] }>(pathOf('queues'))).queues,
    pause: async (queue) => void (await send(pathOf('queues', queue, 'pause'), { method: 'POST' })),
    resume: async (queue) => void (await send(pathOf('queues', queue, 'resume'), { method: 'POST' })),
  };
}
