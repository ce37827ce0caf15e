import { type Postgres, takeFromBacklog } from '@turno/postgres';
import { queueNames } from '@turno/queue';
import type { Dispatcher } from './dispatch-job.ts';
import type { PauseWatch } from './watch-pauses.ts';
import type { Window } from './window.ts';

export interface RefillDeps {
  sql: Postgres['sql'];
  dispatcher: Dispatcher;
  window: Window;
  pauses: PauseWatch;
}

/**
 * Makes the function that moves jobs from the backlog to BullMQ as far as there is room, in their order. It remembers between
 * two calls which tenant had its turn last.
 */
export function createRefill(deps: RefillDeps, rowsMax: number): () => Promise<void> {
  const turns = new Map<string, string>();
  return () => refillWindow(deps, rowsMax, turns);
}

async function refillWindow(
  { sql, dispatcher, window, pauses }: RefillDeps,
  rowsMax: number,
  turns: Map<string, string>,
): Promise<void> {
  const paused = pauses.now();
  for (const queue of queueNames) {
    if (paused.queues.has(queue)) continue;
    while (window.hasBacklog(queue) && window.room(queue) > 0) {
      const wanted = Math.min(window.room(queue), rowsMax);
      const take = { queue, rowsMax: wanted, pausedKinds: paused.kinds, after: turns.get(queue) ?? '' };
      const taken = await takeFromBacklog(sql, take);
      const [first] = taken;
      if (first === undefined) break;
      turns.set(queue, first.upTo);
      window.take(queue, taken.length);
      dispatcher.dispatch(...taken);
    }
  }
}
