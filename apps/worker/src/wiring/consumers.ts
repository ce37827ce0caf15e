import { queueNames, type QueueName } from '@turno/contract';
import { runAttempt, type RunDeps } from '@turno/jobs';
import { type Consumer, createConsumer, type HandedTicket, type QueueConnection, type Producer } from '@turno/queue';
import { type Log, withTimeout } from '@turno/runtime';
import { watchFetch } from '../watch-fetch.ts';

export interface ConsumersOptions {
  connection: QueueConnection;
  /** How many attempts of each queue run here at once. A queue that is not named is not served. */
  concurrency: Partial<Record<QueueName, number>>;
  deps: RunDeps;
  producer: Pick<Producer, 'waiting' | 'isPaused'>;
  /** Called with the queue of each ticket that BullMQ handed out. */
  noteFetched: (queue: string) => void;
  /** See `watchFetch`. */
  fetchStuckMs: number;
  log: Log;
}

export interface Consumers {
  /**
   * Fetches nothing more, lets what is in hand go on for `graceMs`, then hands the rest back.
   * Ends within a few seconds after the grace, whether Redis is there or not.
   */
  stop(graceMs: number): Promise<void>;
}

const releaseMs = 3_000;

export function startConsumers({ connection, concurrency, deps, log, ...watched }: ConsumersOptions): Consumers {
  const inHand = new Set<Promise<void>>();
  const run = (ticket: HandedTicket) => {
    watched.noteFetched(ticket.queue);
    const attempt = runAttempt(deps, ticket);
    const ended = attempt.catch(() => {}).finally(() => inHand.delete(ended));
    inHand.add(ended);
    return attempt;
  };
  const consumers: Consumer[] = [];
  for (const queue of queueNames) {
    const slots = concurrency[queue];
    if (slots === undefined) continue;
    consumers.push(createConsumer({ connection, queue, concurrency: slots, log, process: run }));
  }
  const { producer, fetchStuckMs: stuckMs } = watched;
  const giveUp = () => process.kill(process.pid, 'SIGTERM');
  const stopWatching = watchFetch({ consumers, producer, log, stuckMs, giveUp });
  return {
    async stop(graceMs) {
      stopWatching();
      await withTimeout(releaseMs, Promise.allSettled(consumers.map((consumer) => consumer.pause())), () => {});
      await withTimeout(graceMs, Promise.allSettled(inHand), () => {});
      if (inHand.size > 0) log.warn({ attempts: inHand.size }, 'the grace is over, handing back');
      deps.running.stopAll({ code: 'shutdown', message: 'The worker stops.' });
      await withTimeout(releaseMs, Promise.allSettled(inHand), () => {});
      // As the first close() of its worker: without force it waits for ever while Redis is away.
      await Promise.all(consumers.map((consumer) => consumer.close()));
    },
  };
}
