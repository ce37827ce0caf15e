import type { Worker } from 'node:cluster';
import type { OpsAnswer } from '@turno/runtime';
import type { FromChild, Question } from './messages.ts';

const answerWithinMs = 1_000;

type Resolve = (answer?: OpsAnswer) => void;

export interface Asking {
  /** Undefined when the child did not answer within a second, such as one that hangs or just ended. */
  ask(child: Worker, path: string, query: string): Promise<OpsAnswer | undefined>;
  /** To be called with whatever a child says. */
  hear(said: FromChild): void;
}

/** Questions of the primary to its children, each with its own time limit. */
export function createAsking(): Asking {
  const open = new Map<number, Resolve>();
  let last = 0;
  return {
    ask: (child, path, query) =>
      new Promise((resolve) => {
        const id = (last += 1);
        const end: Resolve = (answer) => {
          clearTimeout(late);
          open.delete(id);
          resolve(answer);
        };
        const late = setTimeout(end, answerWithinMs);
        open.set(id, end);
        child.send({ type: 'ask', id, path, query } satisfies Question, (error) => error && end());
      }),
    hear(said) {
      if (said.type === 'answer') open.get(said.id)?.(said.answer);
    },
  };
}
