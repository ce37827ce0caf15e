export interface BatchQueueOptions<T> {
  rowsMax: number;
  bytesMax: number;
  /** The rows that an item writes. */
  rows: (item: T) => number;
  bytes: (item: T) => number;
  tenant: (item: T) => string | undefined;
}

/** A batch to flush. */
export interface TakenBatch<T> {
  items: T[];
  /** Must be called once the flush is over. */
  done: () => void;
}

/** Items that wait for a flush: of all tenants together, and apart those of isolated tenants and large ones. */
export interface BatchQueues<T> {
  push(item: T): void;
  /** Returns the next batch, or undefined while no flush may start. */
  take(): TakenBatch<T> | undefined;
  /** Gives the tenant of this item batches of its own for a while. */
  isolateTenantOf(item: T): void;
  /** Removes items from the front while `isOver` is true. */
  drop(isOver: (item: T) => boolean): void;
  length(): number;
}

const inFlightMax = 2;
/** An item of more rows is large: its statement would delay the small items in it. */
const sharedRowsMax = 50;
/** The time without a fault after which a tenant shares batches again. */
const isolationMs = 30_000;

/**
 * Creates the queues of a batcher. The items of isolated tenants, and large items with a tenant, are flushed one batch
 * at a time, each of one tenant, in turn, and beside the others: they wait for no other batch, and no other batch waits
 * for them.
 */
export function createBatchQueues<T>(options: BatchQueueOptions<T>): BatchQueues<T> {
  const shared: T[] = [];
  /** In the order in which the tenants are served. */
  const isolated = new Map<string, T[]>();
  const isolatedUntil = new Map<string, number>();
  let sharedInFlight = 0;
  let isIsolatedInFlight = false;

  function isIsolated(tenant: string): boolean {
    const until = isolatedUntil.get(tenant);
    if (until === undefined) return false;
    if (performance.now() < until || isolated.has(tenant)) return true;
    isolatedUntil.delete(tenant);
    return false;
  }

  function takeShared(): TakenBatch<T> | undefined {
    if (shared.length === 0) return undefined;
    if (sharedInFlight >= (shared.length >= options.rowsMax ? inFlightMax : 1)) return undefined;
    sharedInFlight += 1;
    return { items: takeBatch(shared, options), done: () => void (sharedInFlight -= 1) };
  }

  function takeIsolated(): TakenBatch<T> | undefined {
    const [next] = isIsolatedInFlight ? [] : [...isolated];
    if (next === undefined) return undefined;
    const [tenant, queue] = next;
    const items = takeBatch(queue, options);
    isolated.delete(tenant);
    if (queue.length > 0) isolated.set(tenant, queue);
    isIsolatedInFlight = true;
    return { items, done: () => void (isIsolatedInFlight = false) };
  }

  function pushIsolated(tenant: string, items: readonly T[]): void {
    const queue = isolated.get(tenant) ?? [];
    queue.push(...items);
    if (queue.length > 0) isolated.set(tenant, queue);
  }

  return {
    push(item) {
      const isLarge = options.rows(item) > sharedRowsMax;
      const tenant = isLarge || isolatedUntil.size > 0 ? options.tenant(item) : undefined;
      if (tenant !== undefined && (isLarge || isIsolated(tenant))) pushIsolated(tenant, [item]);
      else shared.push(item);
    },
    take: () => takeShared() ?? takeIsolated(),
    isolateTenantOf(item) {
      const tenant = options.tenant(item);
      if (tenant === undefined) return;
      isolatedUntil.set(tenant, performance.now() + isolationMs);
      const rest = shared.splice(0);
      shared.push(...rest.filter((one) => options.tenant(one) !== tenant));
      pushIsolated(
        tenant,
        rest.filter((one) => options.tenant(one) === tenant),
      );
    },
    drop(isOver) {
      for (const queue of [shared, ...isolated.values()]) {
        const first = queue.findIndex((item) => !isOver(item));
        queue.splice(0, first === -1 ? queue.length : first);
      }
    },
    length: () => [...isolated.values()].reduce((sum, queue) => sum + queue.length, shared.length),
  };
}

function takeBatch<T>(queue: T[], { rowsMax, bytesMax, rows, bytes }: BatchQueueOptions<T>): T[] {
  let size = 0;
  let height = 0;
  let count = 0;
  for (const item of queue) {
    size += bytes(item);
    height += rows(item);
    if (count > 0 && (height > rowsMax || size > bytesMax)) break;
    count += 1;
  }
  return queue.splice(0, count);
}
