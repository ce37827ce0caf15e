import { queueNames } from '@turno/contract';
import { runAttempt, type RunDeps } from '@turno/jobs';
import { type Consumer, createConsumer, type HandedTicket } from '@turno/queue';
import { type ProcessLife, withTimeout } from '@turno/runtime';
import type { Config } from '../config.ts';
import type { WorkerConstants } from '../constants.ts';
import { watchFetch } from '../watch-fetch.ts';
import { queueSlotsOf } from './queue-slots.ts';
import type { Stores } from './stores.ts';

export interface ConsumerParts {
  stores: Pick<Stores, 'connection' | 'producer'>;
  attempts: RunDeps;
  /** Called with the queue of each ticket that BullMQ handed over. */
  noteFetched: (queue: string) => void;
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
  const runTicket = (ticket: HandedTicket) => {
    noteFetched(ticket.queue);
    const attempt = runAttempt(attempts, ticket);
    const ended = attempt.catch(() => {}).finally(() => unfinished.delete(ended));
    unfinished.add(ended);
    return attempt;
  };
  const slots = queueSlotsOf(settings);
  const { fetchStuckMs: stuckMs, ticketLockMs: lockMs } = constants.execution;
  const consumers: Consumer[] = queueNames.flatMap((queue) => {
    const concurrency = slots[queue];
    return concurrency === undefined
      ? []
      : [createConsumer({ connection, queue, concurrency, lockMs, log, process: runTicket })];
  });
  const stopWatching = watchFetch({ consumers, producer, log, stuckMs, giveUp: endThisProcess });
  return {
    async stop(graceMs) {
      stopWatching();
      await withTimeout(releaseMs, Promise.allSettled(consumers.map((consumer) => consumer.pause())), () => {});
      await withTimeout(graceMs, Promise.allSettled(unfinished), () => {});
      if (unfinished.size > 0) log.warn({ attempts: unfinished.size }, 'the grace is over; attempts are handed back');
      attempts.running.stopAll({ code: 'shutdown', message: 'The worker stops.' });
      await withTimeout(releaseMs, Promise.allSettled(unfinished), () => {});
      // As the first close() of its worker: without force it waits for ever while Redis is away.
      await Promise.all(consumers.map((consumer) => consumer.close()));
    },
  };
}

function endThisProcess(): void {
  process.kill(process.pid, 'SIGTERM');
}
