import { type Postgres, takeFromBacklog } from '@turno/postgres';
import { queueNames } from '@turno/queue';
import type { Dispatcher } from './dispatch-job.ts';
import { createTurns, type Turns } from './turns.ts';
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
 * two calls whose turn it is.
 */
export function createRefill(deps: RefillDeps, rowsMax: number): () => Promise<void> {
  const turns = createTurns(deps.sql);
  const takeMax = Math.ceil(rowsMax / 2); // each row goes from one index to another, and is chosen among others before
  return () => refillWindow(deps, takeMax, turns);
}

async function refillWindow(
  { sql, dispatcher, window, pauses }: RefillDeps,
  rowsMax: number,
  turns: Turns,
): Promise<void> {
  const paused = pauses.now();
  for (const queue of queueNames) {
    if (paused.queues.has(queue)) continue;
    while (window.hasBacklog(queue) && window.room(queue) > 0) {
      const wanted = Math.min(window.room(queue), rowsMax);
      const take = { queue, rowsMax: wanted, pausedKinds: paused.kinds, ...(await turns.of(queue)) };
      const taken = await takeFromBacklog(sql, take);
      if (taken.length === 0) break;
      turns.note(queue, taken);
      window.take(queue, taken.length);
      dispatcher.dispatch(...taken);
    }
  }
}
