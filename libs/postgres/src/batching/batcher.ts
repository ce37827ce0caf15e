import { isConnectionError, isRowFault, withStatementTimeout } from '../connection/index.ts';
import { createBatchQueues } from './batch-queues.ts';
import { createWaitingItems, type Waiting } from './pending-items.ts';

export interface BatcherOptions<Item, Result> {
  /** Runs one statement for all items and returns their results in order. */
  flush: (items: readonly Item[]) => Promise<readonly Result[]>;
  /** A batch is sorted by this key, so that two batches never wait for each other's row locks. */
  key: (item: Item) => string;
  rowsMax?: number;
  bytesMax?: number;
  /** The rows that an item writes; left out: one. An item of many rows shares no batch with other tenants. */
  rows?: (item: Item) => number;
  bytes?: (item: Item) => number;
  /** The tenant of an item. One whose item Postgres refused gets batches of its own for a while. */
  tenant?: (item: Item) => string | undefined;
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

const retryPauseMs = 100;
/**
 * A flush that takes longer counts as lost and is repeated beside itself, which is safe, since every flush may be
 * repeated. Long enough that a flush which waits for a lock is rarely repeated, short enough that a lost one does not
 * delay its items for long.
 */
const flushMsMax = 12_000;

/**
 * Merges concurrent calls into few statements: group commit for writes, one round trip for reads. A flush starts at the
 * end of the turn of the event loop when none is in flight, so that the calls of one turn share it. Items that arrive
 * meanwhile are the next batch; a second flush starts beside the first one only when a full batch waits. While the
 * database cannot be reached the whole batch is repeated until each item's timeout, so `flush` must be safe to repeat:
 * the reply to a COMMIT may be lost. After any other error the batch is halved until the item at fault is alone; only
 * that item is rejected, and its tenant is isolated: the next faults of this tenant delay no other.
 */
export function createBatcher<Item, Result>(options: BatcherOptions<Item, Result>): Batcher<Item, Result> {
  const { flush, key, timeoutMs } = options;
  const queues = openQueues(options);
  const waitingItems = createWaitingItems<Item, Result>(timeoutMs, () => queues.drop(({ settled }) => settled));
  let unsettled = 0;
  let pumping = false;

  function pumpSoon(): void {
    if (pumping) return;
    pumping = true;
    process.nextTick(pump);
  }

  function pump(): void {
    pumping = false;
    for (let taken = queues.take(); taken !== undefined; taken = queues.take()) {
      const { items, done } = taken;
      unsettled += items.length;
      void settle(items.length < 2 ? items : items.sort((a, b) => (key(a.item) < key(b.item) ? -1 : 1))).finally(() => {
        unsettled -= items.length;
        done();
        pumpSoon();
      });
    }
  }

  async function settle(batch: Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await withStatementTimeout(flushMsMax, flush(batch.map((waiting) => waiting.item)));
      batch.forEach((waiting, index) => waitingItems.answer(waiting, results[index] as Result));
    } catch (error) {
      const [first] = batch;
      if (isConnectionError(error)) await tryLater(batch, error);
      else if (batch.length > 1) await settleHalves(batch);
      else if (first !== undefined) {
        if (isRowFault(error)) queues.isolateTenantOf(first);
        waitingItems.refuse(first, error);
      }
    }
  }

  async function settleHalves(batch: Waiting<Item, Result>[]): Promise<void> {
    const middle = Math.ceil(batch.length / 2);
    await settle(batch.slice(0, middle));
    await settle(batch.slice(middle));
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
        queues.push(waiting);
        waitingItems.add(waiting);
        pumpSoon();
      }),
    pending: () => queues.length() + unsettled,
  };
}

function openQueues<Item, Result>({ rowsMax = 200, bytesMax = 4 * 1024 * 1024, ...of }: BatcherOptions<Item, Result>) {
  return createBatchQueues<Waiting<Item, Result>>({
    rowsMax,
    bytesMax,
    rows: ({ item }) => of.rows?.(item) ?? 1,
    bytes: ({ item }) => of.bytes?.(item) ?? 0,
    tenant: ({ item }) => of.tenant?.(item),
  });
}
