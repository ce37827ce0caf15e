import { type HandOver, markDispatched, type Postgres } from '@turno/postgres';
import type { Producer } from '@turno/queue';
import type { Log } from '@turno/runtime';

export interface Dispatcher {
  /** Hands a committed ticket to BullMQ soon. Never waits, never throws; what is lost here the sweep sends again. */
  dispatch(handOver: HandOver): void;
  /** Sends what is left and notes what was sent, as far as that goes at once. */
  close(): Promise<void>;
}

export interface DispatchDeps {
  sql: Postgres['sql'];
  producer: Producer;
  log: Log;
}

const batchMax = 500;
const heldMax = 20_000;
const batchesInFlightMax = 2;

/** A ticket still waiting this long after its dispatch gets its row marked; faster ones are spared the write. */
const markAfterMs = 500;

/** Sends tickets in batches. A batch that fails is dropped: its rows stay unmarked, and the sweep finds them. */
export function createDispatcher({ sql, producer, log }: DispatchDeps): Dispatcher {
  const waiting: HandOver[] = [];
  let sent: HandOver[] = [];
  let inFlight = 0;
  let dropped = 0;
  const flushes = new Set<Promise<void>>();
  const timer = setInterval(() => void mark(), markAfterMs);

  function pump(): void {
    while (waiting.length > 0 && inFlight < batchesInFlightMax) {
      const batch = waiting.splice(0, batchMax);
      inFlight += 1;
      const flush = send(batch).finally(() => {
        inFlight -= 1;
        flushes.delete(flush);
        pump();
      });
      flushes.add(flush);
    }
  }

  async function send(batch: HandOver[]): Promise<void> {
    try {
      await producer.send(batch);
      sent.push(...batch);
    } catch (error) {
      dropped += batch.length;
      log.debug({ err: error, dropped }, 'tickets were not sent, the sweep will send them');
    }
  }

  async function mark(): Promise<void> {
    const batch = sent;
    sent = [];
    if (batch.length === 0) return;
    await markDispatched(sql, batch).catch((error: unknown) => log.debug({ err: error }, 'dispatch not noted'));
  }

  return {
    dispatch(handOver) {
      if (waiting.length >= heldMax) return;
      waiting.push(handOver);
      if (waiting.length === 1) setImmediate(pump);
    },
    async close() {
      clearInterval(timer);
      pump();
      await Promise.all(flushes);
      await mark();
    },
  };
}
