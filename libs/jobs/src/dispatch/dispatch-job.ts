import { type ConfirmedTicket, type HandOver, markDispatched, type Postgres } from '@turno/postgres';
import { type Pack, type Producer, toPack } from '@turno/queue';
import type { Log } from '@turno/runtime';

export interface Dispatcher {
  /**
   * Sends committed tickets to BullMQ soon, each in a BullMQ job of its own.
   * Never waits, never throws. A ticket that is lost here is redispatched by the `redispatch-lost-tickets` task.
   */
  dispatch(...handOvers: HandOver[]): void;
  /** Sends packs in the same way: the tickets of a pack, of one queue and priority, share a BullMQ job. */
  dispatchPacks(packs: readonly HandOver[][]): void;
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
  const waiting: Pack[] = [];
  let ticketsWaiting = 0;
  const flushes = new Set<Promise<void>>();
  /** By the epoch of Redis that confirmed them. */
  let sent = new Map<number, ConfirmedTicket[]>();
  let timer: NodeJS.Timeout | undefined;

  function pump(): void {
    while (waiting.length > 0 && flushes.size < batchesInFlightMax) {
      const batch = takeBatch(waiting);
      ticketsWaiting -= countTickets(batch);
      const flush = send(batch).finally(() => {
        flushes.delete(flush);
        pump();
      });
      flushes.add(flush);
    }
  }

  async function send(batch: Pack[]): Promise<void> {
    try {
      const epoch = await producer.send(batch);
      if (epoch === undefined) return;
      const confirmed = sent.get(epoch) ?? [];
      sent.set(epoch, confirmed);
      for (const { carrier = null, tickets } of batch)
        for (const { jobId, ticket } of tickets) confirmed.push({ jobId, ticket, carrier });
      timer ??= setTimeout(() => void mark(), markAfterMs);
    } catch (error) {
      log.debug({ err: error, packs: batch.length }, 'tickets were not sent; redispatch-lost-tickets sends them');
    }
  }

  function enqueue(pack: readonly HandOver[]): void {
    if (ticketsWaiting >= waitingMax) return;
    if (waiting.length === 0) setImmediate(pump);
    waiting.push(toPack(pack));
    ticketsWaiting += pack.length;
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
      for (const handOver of handOvers) enqueue([handOver]);
    },
    dispatchPacks(packs) {
      for (const pack of packs) enqueue(pack);
    },
    async close() {
      clearTimeout(timer);
      pump();
      await Promise.all(flushes);
      await mark();
    },
  };
}

/** Takes the first packs with `batchMax` tickets in all, at least one pack. */
function takeBatch(waiting: Pack[]): Pack[] {
  let tickets = 0;
  let packs = 0;
  for (const pack of waiting) {
    if (packs > 0 && tickets + pack.tickets.length > batchMax) break;
    tickets += pack.tickets.length;
    packs += 1;
  }
  return waiting.splice(0, packs);
}

function countTickets(packs: readonly Pack[]): number {
  return packs.reduce((sum, pack) => sum + pack.tickets.length, 0);
}
