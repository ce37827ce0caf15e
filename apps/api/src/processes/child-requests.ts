import type { Worker } from 'node:cluster';
import type { OpsAnswer } from '@turno/runtime';
import type { FromChild, OpsRequest } from './messages.ts';

const timeoutMs = 1_000;

type Resolve = (answer?: OpsAnswer) => void;

export interface ChildRequests {
  /** Requests an operations path of a child. Resolves with undefined when the child does not answer within a second. */
  request(child: Worker, path: string, query: string): Promise<OpsAnswer | undefined>;
  /** Handles a message of a child; messages that are not answers are ignored. */
  receive(message: FromChild): void;
}

/** Creates the requests of the primary to its children. Each has its own timeout. */
export function createChildRequests(): ChildRequests {
  const pending = new Map<number, Resolve>();
  let last = 0;
  return {
    request: (child, path, query) =>
      new Promise((resolve) => {
        const id = (last += 1);
        const end: Resolve = (answer) => {
          clearTimeout(timer);
          pending.delete(id);
          resolve(answer);
        };
        const timer = setTimeout(end, timeoutMs);
        pending.set(id, end);
        child.send({ type: 'ops-request', id, path, query } satisfies OpsRequest, (error) => error && end());
      }),
    receive(message) {
      if (message.type === 'ops-answer') pending.get(message.id)?.(message.answer);
    },
  };
}
