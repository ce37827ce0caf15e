import { type HandOver, markDispatched, type Postgres } from '@turno/postgres';
import type { Producer } from '@turno/queue';
import type { Log } from '@turno/runtime';

export interface Dispatcher {
  /** Hands committed tickets to BullMQ soon. Never waits, never throws; what is lost here the sweep sends again. */
  dispatch(...handOvers: HandOver[]): void;
  /** Sends what is left and notes what was sent, as far as that goes at once. */
  close(): Promise<void>;
}

export interface DispatchDeps {
  sql: Postgres['sql'];
  producer: Producer;
  log: Log;
}

const batchMax = 500;
const blockedMax = 20_000;
const batchesInFlightMax = 2;

/** A ticket still waiting this long after its dispatch gets its row marked; faster ones are spared the write. */
const markAfterMs = 500;

/** Sends tickets in batches. A batch that fails is dropped: its rows stay unmarked, and the sweep finds them. */
export function createDispatcher({ sql, producer, log }: DispatchDeps): Dispatcher {
  const waiting: HandOver[] = [];
  const flushes = new Set<Promise<void>>();
  /** By the life of Redis that confirmed them. */
  let sent = new Map<number, HandOver[]>();
  const timer = setInterval(() => void mark(), markAfterMs);

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
      if (epoch !== undefined) sent.set(epoch, [...(sent.get(epoch) ?? []), ...batch]);
    } catch (error) {
      log.debug({ err: error, tickets: batch.length }, 'tickets were not sent, the sweep will send them');
    }
  }

  async function mark(): Promise<void> {
    const due = sent;
    sent = new Map();
    for (const [epoch, tickets] of due) {
      while (tickets.length > 0) {
        const some = tickets.splice(0, batchMax);
        await markDispatched(sql, some, epoch).catch((error: unknown) => log.debug({ err: error }, 'not noted'));
      }
    }
  }

  return {
    dispatch(...handOvers) {
      if (waiting.length >= blockedMax) return;
      if (waiting.length === 0) setImmediate(pump);
      waiting.push(...handOvers);
    },
    async close() {
      clearInterval(timer);
      pump();
      await Promise.all(flushes);
      await mark();
    },
  };
}
