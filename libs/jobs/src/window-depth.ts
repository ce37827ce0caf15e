/** What BullMQ said of one queue: tickets that wait in it now, and all that it was ever given. */
export interface QueueLook {
  waiting: number;
  added: number;
  /** Milliseconds of any clock that does not go back. */
  atMs: number;
}

/** Tickets for so much work as the workers fetch in this time: a few looks, since a busy machine looks late. */
const depthMs = 400;
const looksKept = 5;

/** So many while tickets wait and are hardly fetched; and so many at first, while none waits. */
const slowMin = 10;
const idleMin = 100;

/**
 * Makes the function that says after each look how many tickets BullMQ should hold. It hands them out in the order of their arrival,
 * so whoever comes behind them waits for all of them, while the backlog lets tenants take turns: what is in BullMQ should be
 * as little as keeps the workers busy. When they have fetched all of it, they may want more, and it is doubled.
 */
export function createWindowDepth(max: number): (look: QueueLook) => number {
  const rates: number[] = [];
  let before: QueueLook | undefined;
  let depth = idleMin;
  return (look) => {
    const fetched = before === undefined ? 0 : fetchedBetween(before, look);
    if (before !== undefined) rates.push(fetched / Math.max(1, look.atMs - before.atMs));
    if (rates.length > looksKept) rates.shift();
    before = look;
    if (look.waiting > 0) depth = Math.max(slowMin, Math.ceil(mean(rates) * depthMs));
    else depth = fetched > 0 ? 2 * depth : idleMin;
    depth = Math.min(max, depth);
    return depth;
  };
}

/** Both counts begin anew when Redis was emptied. */
function fetchedBetween(before: QueueLook, now: QueueLook): number {
  return Math.max(0, now.added - before.added - (now.waiting - before.waiting));
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
