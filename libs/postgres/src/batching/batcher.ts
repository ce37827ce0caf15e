import { isConnectionError, withStatementTimeout } from '../connection/index.ts';
import { createWaitingItems, type Waiting } from './pending-items.ts';

export interface BatcherOptions<Item, Result> {
  /** Runs one statement for all items and answers in their order. */
  flush: (items: readonly Item[]) => Promise<readonly Result[]>;
  /** Items are flushed in the order of this key, so that two batches never wait for each other's row locks. */
  key: (item: Item) => string;
  rowsMax?: number;
  bytesMax?: number;
  bytes?: (item: Item) => number;
  /**
   * How long an item may wait for a database that is away or silent; then it is rejected with a connection error. What was sent by
   * then may still take effect.
   */
  timeoutMs: number;
}

export interface Batcher<Item, Result> {
  /** Resolves with the item's own answer, for a write: when it is committed. */
  add(item: Item): Promise<Result>;
  /** Items without an answer yet. */
  pending(): number;
}

const inFlightMax = 2;
const retryPauseMs = 100;
/**
 * After so long a flush counts as lost and is made again beside it, which is safe, since every flush may be repeated. Long enough that
 * one which waits for a lock is not made again and again, short enough that one which got lost holds nobody up for long.
 */
const flushMsMax = 12_000;

/**
 * Merges concurrent calls into few statements: group commit for writes, one round trip for reads. A flush starts at once when
 * none is in flight; what arrives meanwhile is the next batch, and a second flush starts beside the first one only when a full
 * batch is waiting. When the database cannot be reached the whole batch is tried again until each item's patience ends, so `flush` must be safe to repeat: the reply
 * to a COMMIT may be lost. Any other error makes each row run alone, and only the guilty one is rejected.
 */
export function createBatcher<Item, Result>(options: BatcherOptions<Item, Result>): Batcher<Item, Result> {
  const { flush, key, rowsMax = 200, bytesMax = 4 * 1024 * 1024, bytes = () => 0, timeoutMs } = options;
  const queue: Waiting<Item, Result>[] = [];
  const waitingItems = createWaitingItems<Item, Result>(timeoutMs, dropSettled);
  let inFlight = 0;
  let held = 0;

  function pump(): void {
    while (queue.length > 0 && inFlight < (queue.length >= rowsMax ? inFlightMax : 1)) {
      const batch = takeBatch();
      inFlight += 1;
      held += batch.length;
      void settle(batch).finally(() => {
        inFlight -= 1;
        held -= batch.length;
        pump();
      });
    }
  }

  function takeBatch(): Waiting<Item, Result>[] {
    let size = 0;
    let count = 0;
    for (const waiting of queue) {
      size += bytes(waiting.item);
      if (count > 0 && (count >= rowsMax || size > bytesMax)) break;
      count += 1;
    }
    const batch = queue.splice(0, count);
    return batch.length < 2 ? batch : batch.sort((a, b) => (key(a.item) < key(b.item) ? -1 : 1));
  }

  function dropSettled(): void {
    const firstPatient = queue.findIndex((waiting) => !waiting.settled);
    queue.splice(0, firstPatient === -1 ? queue.length : firstPatient);
  }

  async function settle(batch: Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await withStatementTimeout(flushMsMax, flush(batch.map((waiting) => waiting.item)));
      batch.forEach((waiting, index) => waitingItems.answer(waiting, results[index] as Result));
    } catch (error) {
      if (isConnectionError(error)) await tryLater(batch, error);
      else if (batch.length === 1) for (const waiting of batch) waitingItems.refuse(waiting, error);
      else for (const waiting of batch) await settle([waiting]);
    }
  }

  async function tryLater(batch: Waiting<Item, Result>[], error: unknown): Promise<void> {
    for (const waiting of batch) waiting.error = error;
    await new Promise((resolve) => setTimeout(resolve, retryPauseMs));
    const patient = batch.filter((waiting) => !waiting.settled);
    if (patient.length > 0) await settle(patient);
  }

  return {
    add: (item) =>
      new Promise<Result>((resolve, reject) => {
        const waiting = { item, since: performance.now(), settled: false, resolve, reject };
        queue.push(waiting);
        waitingItems.add(waiting);
        pump();
      }),
    pending: () => queue.length + held,
  };
}
