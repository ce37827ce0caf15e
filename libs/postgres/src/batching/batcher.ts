import { isConnectionError, withStatementTimeout } from '../connection/index.ts';
import { createWaitingItems, type Waiting } from './pending-items.ts';

export interface BatcherOptions<Item, Result> {
  /** Runs one statement for all items and returns their results in order. */
  flush: (items: readonly Item[]) => Promise<readonly Result[]>;
  /** A batch is sorted by this key, so that two batches never wait for each other's row locks. */
  key: (item: Item) => string;
  rowsMax?: number;
  bytesMax?: number;
  bytes?: (item: Item) => number;
  /**
   * How long an item may wait for a database that is away or silent; then it is rejected with a connection error. A
   * statement that was sent by then may still take effect.
   */
  timeoutMs: number;
}

export interface Batcher<Item, Result> {
  /** Resolves with the item's own result; a write, after its commit. */
  add(item: Item): Promise<Result>;
  /** The number of items without a result. */
  pending(): number;
}

const inFlightMax = 2;
const retryPauseMs = 100;
/**
 * A flush that takes longer counts as lost and is repeated beside itself, which is safe, since every flush may be
 * repeated. Long enough that a flush which waits for a lock is rarely repeated, short enough that a lost one does not
 * delay its items for long.
 */
const flushMsMax = 12_000;

/**
 * Merges concurrent calls into few statements: group commit for writes, one round trip for reads. A flush starts at
 * once when none is in flight. Items that arrive meanwhile are the next batch; a second flush starts beside the first
 * one only when a full batch waits. While the database cannot be reached the whole batch is repeated until each item's
 * timeout, so `flush` must be safe to repeat: the reply to a COMMIT may be lost. After any other error each item runs
 * alone, and only the item at fault is rejected.
 */
export function createBatcher<Item, Result>(options: BatcherOptions<Item, Result>): Batcher<Item, Result> {
  const { flush, key, rowsMax = 200, bytesMax = 4 * 1024 * 1024, bytes = () => 0, timeoutMs } = options;
  const queue: Waiting<Item, Result>[] = [];
  const waitingItems = createWaitingItems<Item, Result>(timeoutMs, dropSettled);
  let inFlight = 0;
  let unsettled = 0;

  function pump(): void {
    while (queue.length > 0 && inFlight < (queue.length >= rowsMax ? inFlightMax : 1)) {
      const batch = takeBatch();
      inFlight += 1;
      unsettled += batch.length;
      void settle(batch).finally(() => {
        inFlight -= 1;
        unsettled -= batch.length;
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
    const firstUnsettled = queue.findIndex((waiting) => !waiting.settled);
    queue.splice(0, firstUnsettled === -1 ? queue.length : firstUnsettled);
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
    const unsettledItems = batch.filter((waiting) => !waiting.settled);
    if (unsettledItems.length > 0) await settle(unsettledItems);
  }

  return {
    add: (item) =>
      new Promise<Result>((resolve, reject) => {
        const waiting = { item, since: performance.now(), settled: false, resolve, reject };
        queue.push(waiting);
        waitingItems.add(waiting);
        pump();
      }),
    pending: () => queue.length + unsettled,
  };
}
