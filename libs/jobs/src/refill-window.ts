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
  const turns = new Map(queueNames.map((queue) => [queue, createTurns(deps.sql, queue)] as const));
  const takeMax = Math.ceil(rowsMax / 2); // each row goes from one index to another, and is chosen among others before
  return () => refillWindow(deps, takeMax, turns);
}

async function refillWindow(
  { sql, dispatcher, window, pauses }: RefillDeps,
  rowsMax: number,
  turns: ReadonlyMap<string, Turns>,
): Promise<void> {
  const paused = pauses.now();
  for (const [queue, turn] of turns) {
    if (paused.queues.has(queue)) continue;
    const isMuch = () => window.room(queue) >= rowsMax || window.isLow(queue); // few places are not worth a statement more
    for (let more = window.room(queue) > 0; more && window.hasBacklog(queue); more = isMuch()) {
      const wanted = Math.min(window.room(queue), rowsMax);
      const take = { queue, rowsMax: wanted, pausedKinds: paused.kinds, ...(await turn.now()) };
      const taken = await takeFromBacklog(sql, take);
      if (taken.length === 0) break;
      turn.note(taken);
      window.take(queue, taken.length);
      dispatcher.dispatch(...taken);
    }
  }
}
