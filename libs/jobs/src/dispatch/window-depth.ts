/** What BullMQ said of one queue: tickets that wait in it now, and all that it was ever given. */
export interface QueueLook {
  waiting: number;
  added: number;
  /** Jobs wait in Postgres for a place here. */
  backlog: boolean;
  /** Milliseconds of any clock that does not go back. */
  atMs: number;
}

/**
 * Tickets for so much work as the workers fetch in this time. `most` while nobody waits in Postgres, for then no tenant can be
 * wronged; else the less the better, as long as the workers find something.
 */
const spanMs = { first: 100, least: 50, most: 400 };
/** A look that finds nothing though more waits doubles the span; each other one shortens it so little that one in forty finds nothing. */
const shorten = 0.98;
/** A rate is the mean of the first, and at its best of the second: a machine that stood still for a moment is no slower for it. */
const looksOfMean = 5;
const looksKept = 20;

/** At least so many while more wait; and so many while none does. */
const slowMin = 10;
const idleMin = 100;

/**
 * Makes the function that says after each look how many tickets BullMQ should hold. It hands them out in the order of their arrival,
 * so whoever comes behind them waits for all of them, while the backlog lets tenants take turns: what is in BullMQ should be
 * as little as keeps the workers busy.
 */
export function createWindowDepth(max: number): (look: QueueLook) => number {
  const rates: number[] = [];
  let before: QueueLook | undefined;
  let span = spanMs.first;
  return (look) => {
    const fetched = before === undefined ? 0 : fetchedBetween(before, look);
    if (before !== undefined) rates.push(fetched / Math.max(1, look.atMs - before.atMs));
    if (rates.length > looksKept) rates.shift();
    const hadMore = before?.backlog === true;
    before = look;
    const isEmpty = look.waiting === 0;
    if (hadMore || (look.backlog && !isEmpty)) {
      const isShort = isEmpty && fetched > 0;
      span = isShort ? Math.min(spanMs.most, 2 * span) : Math.max(spanMs.least, shorten * span);
      return Math.min(max, Math.max(slowMin, Math.ceil(mean(rates.slice(-looksOfMean)) * span)));
    }
    const atBest = Math.ceil(Math.max(0, ...rates) * spanMs.most);
    return Math.min(max, Math.max(isEmpty ? idleMin : slowMin, atBest));
  };
}

/** Both counts begin anew when Redis was emptied. */
function fetchedBetween(before: QueueLook, now: QueueLook): number {
  return Math.max(0, now.added - before.added - (now.waiting - before.waiting));
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
