import { queueNames } from '@turno/contract';
import { type RunDeps, runTickets } from '@turno/jobs';
import { type Consumer, createSlots, createTicketConsumer, type HandedTicket, type Slots } from '@turno/queue';
import { type ProcessLife, withTimeout } from '@turno/runtime';
import type { Config } from '../config.ts';
import type { WorkerConstants } from '../constants.ts';
import { watchFetch } from '../watch-fetch.ts';
import { queueSlotsOf } from './queue-slots.ts';
import type { Stores } from './stores.ts';

export interface ConsumerParts {
  stores: Pick<Stores, 'connection' | 'producer'>;
  attempts: Omit<RunDeps, 'isStopping'>;
  /** Called with the queue of each BullMQ job that was fetched, and the number of its tickets. */
  noteFetched: (queue: string, tickets: number) => void;
  constants: WorkerConstants;
}

export interface Consumers {
  /**
   * Fetches nothing more, gives the running attempts `graceMs` to end and hands the others back.
   * Resolves within a few seconds after the grace, also while Redis is away.
   */
  stop(graceMs: number): Promise<void>;
}

const releaseMs = 3_000;

/** Starts one consumer for each queue that this worker serves. */
export function startConsumers(
  settings: Config,
  { log }: ProcessLife,
  { stores: { connection, producer }, attempts, noteFetched, constants }: ConsumerParts,
): Consumers {
  const unfinished = new Set<Promise<void>>();
  let stopping = false;
  const deps = { ...attempts, isStopping: () => stopping };
  const start = (tickets: HandedTicket[], queue: string, slots: Slots) => {
    noteFetched(queue, tickets.length);
    const started = runTickets(deps, tickets, slots);
    const ended = started.catch(() => {}).finally(() => unfinished.delete(ended));
    unfinished.add(ended);
    return started;
  };
  const allEnded = () => Promise.allSettled([...unfinished, attempts.running.whenNoneIsOpen()]);
  const sizes = queueSlotsOf(settings);
  const { fetchStuckMs: stuckMs, ticketLockMs: lockMs } = constants.execution;
  const allSlots: Slots[] = [];
  const consumers: Consumer[] = queueNames.flatMap((queue) => {
    const size = sizes[queue];
    if (size === undefined) return [];
    const slots = createSlots(size);
    allSlots.push(slots);
    const process = (tickets: HandedTicket[]) => start(tickets, queue, slots);
    return [createTicketConsumer({ connection, queue, slots, lockMs, log, process })];
  });
  const stopWatching = watchFetch({ consumers, producer, log, stuckMs, giveUp: endThisProcess });
  return {
    async stop(graceMs) {
      stopWatching();
      stopping = true;
      for (const slots of allSlots) slots.close();
      await withTimeout(releaseMs, Promise.allSettled(consumers.map((consumer) => consumer.pause())), () => {});
      await withTimeout(graceMs, allEnded(), () => {});
      const { size: open } = attempts.running.openClaims();
      if (open > 0) log.warn({ attempts: open }, 'the grace is over; attempts are handed back');
      attempts.running.stopAll({ code: 'shutdown', message: 'The worker stops.' });
      await withTimeout(releaseMs, allEnded(), () => {});
      // As the first close() of its worker: without force it waits for ever while Redis is away.
      await Promise.all(consumers.map((consumer) => consumer.close()));
    },
  };
}

function endThisProcess(): void {
  process.kill(process.pid, 'SIGTERM');
}
