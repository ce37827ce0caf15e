import { queueNames } from '@turno/contract';
import { type Postgres, takeFromBacklog } from '@turno/postgres';
import type { Dispatcher } from './dispatch-job.ts';
import { createDutyCycle, type DutyCycle } from './duty-cycle.ts';
import { createFairShare, type FairShare } from './fair-share.ts';
import type { PauseWatch } from './watch-pauses.ts';
import type { Window } from './window.ts';

export interface RefillDeps {
  sql: Postgres['sql'];
  dispatcher: Dispatcher;
  window: Window;
  pauses: PauseWatch;
}

/**
 * While kinds are paused each take looks through all of their jobs that stand before others: about 0.2 s for 100,000. So it takes a fifth of
 * the time at most then, and brings more at once.
 */
const whilePaused = { rest: 4, rowsMore: 10 };

/** At once: what is blocked takes no place, so room alone would not end this while the other queue waits. */
const blockedMax = 1_000;

interface Line {
  queue: string;
  turns: FairShare;
  rest: DutyCycle;
}

/**
 * Makes the function that moves jobs from the backlog to BullMQ as far as there is room, in their order. It remembers between
 * two calls whose turn it is.
 */
export function createRefill(deps: RefillDeps, rowsMax: number): () => Promise<void> {
  const lines = queueNames.map((queue) => {
    return { queue, turns: createFairShare(deps.sql, queue), rest: createDutyCycle(whilePaused.rest) };
  });
  const takeMax = Math.ceil(rowsMax / 2); // each row goes from one index to another, and is chosen among others before
  return () => refillWindow(deps, takeMax, lines);
}

async function refillWindow(deps: RefillDeps, takeMax: number, lines: readonly Line[]): Promise<void> {
  for (const line of lines) {
    const { queues, kinds } = deps.pauses.now();
    if (queues.has(line.queue) || line.rest.isOn()) continue;
    const beganAt = performance.now();
    await refillLine(deps, line, kinds.size === 0 ? takeMax : whilePaused.rowsMore * takeMax);
    if (kinds.size > 0) line.rest.after(beganAt);
  }
}

async function refillLine(
  { sql, dispatcher, window, pauses }: RefillDeps,
  { queue, turns }: Line,
  rowsMax: number,
): Promise<void> {
  const isMuch = () => window.room(queue) >= rowsMax || window.isLow(queue); // few places are not worth a statement more
  let blocked = 0;
  for (let more = window.room(queue) > 0; more && window.hasBacklog(queue); more = isMuch() && blocked < blockedMax) {
    const wanted = Math.min(window.room(queue), rowsMax);
    const take = { queue, rowsMax: wanted, pausedKinds: pauses.now().kinds, ...(await turns.now()) };
    const taken = await takeFromBacklog(sql, take);
    if (taken.length === 0) break;
    turns.note(taken); // those that are blocked now had their turn as well, or others would wait until all of them are
    const sent = taken.filter((job) => !job.blocked);
    blocked += taken.length - sent.length;
    window.take(queue, sent.length);
    dispatcher.dispatch(...sent);
  }
}
