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

/** Moves jobs from the backlog to BullMQ as far as there is room, in their order. */
export async function refillWindow({ sql, dispatcher, window, pauses }: RefillDeps, rowsMax: number): Promise<void> {
  const paused = pauses.now();
  for (const queue of queueNames) {
    if (paused.queues.has(queue)) continue;
    while (window.hasBacklog(queue) && window.room(queue) > 0) {
      const wanted = Math.min(window.room(queue), rowsMax);
      const handOvers = await takeFromBacklog(sql, { queue, rowsMax: wanted, pausedKinds: paused.kinds });
      window.take(queue, handOvers.length);
      dispatcher.dispatch(...handOvers);
      if (handOvers.length < wanted) break;
    }
  }
}
