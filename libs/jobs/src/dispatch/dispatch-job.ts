import { type HandOver, markDispatched, type Postgres } from '@turno/postgres';
import type { Producer } from '@turno/queue';
import type { Log } from '@turno/runtime';

export interface Dispatcher {
  /**
   * Sends committed tickets to BullMQ soon.
   * Never waits, never throws. A ticket that is lost here is redispatched by the `redispatch-lost-tickets` task.
   */
  dispatch(...handOvers: HandOver[]): void;
  /** Sends the remaining tickets and marks the sent ones, each tried once. */
  close(): Promise<void>;
}

export interface DispatchDeps {
  sql: Postgres['sql'];
  producer: Producer;
  log: Log;
}

const batchMax = 500;
const waitingMax = 20_000;
const batchesInFlightMax = 2;

/**
 * A ticket without a claim after this time gets its row marked as dispatched.
 * A faster one saves that write.
 */
const markAfterMs = 500;

/**
 * Creates the dispatcher, which sends tickets in batches, two at a time.
 * A batch that fails is dropped: its rows stay unmarked, and the `redispatch-lost-tickets` task finds them.
 */
export function createDispatcher({ sql, producer, log }: DispatchDeps): Dispatcher {
  const waiting: HandOver[] = [];
  const flushes = new Set<Promise<void>>();
  /** By the epoch of Redis that confirmed them. */
  let sent = new Map<number, HandOver[]>();
  let timer: NodeJS.Timeout | undefined;

  function pump(): void {
    while (waiting.length > 0 && flushes.size < batchesInFlightMax) {
      const flush = send(waiting.splice(0, batchMax)).finally(() => {
        flushes.delete(flush);
        pump();
      });
      flushes.add(flush);
    }
  }

  async function send(batch: HandOver[]): Promise<void> {
    try {
      const epoch = await producer.send(batch);
      if (epoch === undefined) return;
      sent.set(epoch, [...(sent.get(epoch) ?? []), ...batch]);
      timer ??= setTimeout(() => void mark(), markAfterMs);
    } catch (error) {
      log.debug({ err: error, tickets: batch.length }, 'tickets were not sent; redispatch-lost-tickets sends them');
    }
  }

  async function mark(): Promise<void> {
    timer = undefined;
    const due = sent;
    sent = new Map();
    for (const [epoch, tickets] of due) {
      while (tickets.length > 0) {
        const some = tickets.splice(0, batchMax);
        await markDispatched(sql, some, epoch).catch((error: unknown) =>
          log.debug({ err: error, tickets: some.length }, 'tickets were not marked as dispatched'),
        );
      }
    }
  }

  return {
    dispatch(...handOvers) {
      if (waiting.length >= waitingMax) return;
      if (waiting.length === 0) setImmediate(pump);
      waiting.push(...handOvers);
    },
    async close() {
      clearTimeout(timer);
      pump();
      await Promise.all(flushes);
      await mark();
    },
  };
}
