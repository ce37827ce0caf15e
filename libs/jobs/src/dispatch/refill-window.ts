import { queueNames } from '@turno/contract';
import { type Postgres, takeFromBacklog } from '@turno/postgres';
import type { Dispatcher } from './dispatch-job.ts';
import { createDutyCycle, type DutyCycle } from './duty-cycle.ts';
import { createFairShare, type FairShare } from './fair-share.ts';
import type { PauseWatch } from './due-work.ts';
import { type PackTickets, travelAlone } from './pack-tickets.ts';
import type { Window } from './window.ts';

export interface RefillDeps {
  sql: Postgres['sql'];
  dispatcher: Dispatcher;
  window: Window;
  pauses: PauseWatch;
  packTickets?: PackTickets;
}

/**
 * The refill while kinds are paused.
 * Each take then reads past all of their jobs that are first in order: about 0.2 s for 100,000. So it works a fifth
 * of the time at most, and takes more at once.
 */
const whilePaused = { pauses: 4, rowsFactor: 3 };

/**
 * Jobs that a round may find blocked.
 * They use no slot, so capacity alone would not end the round, and the other queue waits.
 */
const blockedMax = 1_000;

/** The refill of one queue, which remembers its fair share between two rounds. */
interface QueueRefill {
  queue: string;
  fairShare: FairShare;
  dutyCycle: DutyCycle;
}

/** Creates the function that moves jobs from the backlog to BullMQ while the window has free slots. */
export function createRefill(deps: RefillDeps, rowsMax: number): () => Promise<void> {
  const refills = queueNames.map((queue) => {
    const fairShare = createFairShare(deps.sql, queue);
    return { queue, fairShare, dutyCycle: createDutyCycle(whilePaused.pauses) };
  });
  return () => refillWindow(deps, rowsMax, refills);
}

async function refillWindow(deps: RefillDeps, takeMax: number, refills: readonly QueueRefill[]): Promise<void> {
  for (const refill of refills) {
    const { queues, kinds } = deps.pauses.now();
    if (queues.has(refill.queue) || refill.dutyCycle.isPaused()) continue;
    const beganAt = performance.now();
    await refillQueue(deps, refill, kinds.size === 0 ? takeMax : whilePaused.rowsFactor * takeMax);
    if (kinds.size > 0) refill.dutyCycle.recordRound(beganAt);
  }
}

async function refillQueue(
  { sql, dispatcher, window, pauses, packTickets = travelAlone }: RefillDeps,
  { queue, fairShare }: QueueRefill,
  rowsMax: number,
): Promise<void> {
  const isWorthwhile = () => window.capacity(queue) >= rowsMax || window.isLow(queue);
  let blocked = 0;
  for (
    let more = window.capacity(queue) > 0;
    more && window.hasBacklog(queue);
    more = isWorthwhile() && blocked < blockedMax
  ) {
    const wanted = Math.min(window.capacity(queue), rowsMax);
    const take = { queue, rowsMax: wanted, pausedKinds: pauses.now().kinds, ...(await fairShare.next()) };
    const taken = await takeFromBacklog(sql, take);
    if (taken.length === 0) break;
    // Blocked jobs count too, or the tenant would stay first in order until all its jobs are blocked.
    fairShare.record(taken);
    const sent = taken.filter((job) => !job.blocked);
    blocked += taken.length - sent.length;
    window.reserveSlots(queue, sent.length);
    const isDeep = taken.length === wanted;
    dispatcher.dispatchPacks(packTickets(sent, { queue, windowDepth: isDeep ? window.depth(queue) : 0 }));
  }
}
