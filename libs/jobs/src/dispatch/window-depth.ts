/** A sample of one queue in BullMQ. */
export interface QueueSample {
  /** Tickets that wait now. */
  waiting: number;
  /** All tickets that were ever added. */
  added: number;
  /** Jobs wait in the backlog of this queue. */
  backlog: boolean;
  /** Milliseconds of a monotonic clock. */
  atMs: number;
}

/**
 * The depth of the window, as the time in which workers fetch that many tickets:
 * `most` while the backlog is empty, since no tenant can be overtaken then; else as short as possible without a
 * worker that finds nothing.
 */
const spanMs = { first: 100, least: 50, most: 400 };
/**
 * A sample without tickets beside a backlog doubles the span.
 * Each other one shortens it, so about one in forty is empty.
 */
const shorten = 0.98;
/**
 * The fetch rate is the mean of this many samples.
 * The best rate is taken over the longer span, to outlast a stall of the machine.
 */
const samplesOfMean = 5;
const samplesMax = 20;

/** The least depth with a backlog, and without one. */
const backlogMin = 10;
const idleMin = 100;

/**
 * Creates the function that returns after each sample how many tickets BullMQ should have.
 * BullMQ hands out tickets in the order of arrival, so a tenant waits for all tickets before its own, while the
 * backlog shares fairly. The window is therefore as small as keeps the workers busy.
 */
export function createWindowDepth(max: number): (sample: QueueSample) => number {
  const rates: number[] = [];
  let before: QueueSample | undefined;
  let span = spanMs.first;
  return (sample) => {
    const fetched = before === undefined ? 0 : fetchedBetween(before, sample);
    if (before !== undefined) rates.push(fetched / Math.max(1, sample.atMs - before.atMs));
    if (rates.length > samplesMax) rates.shift();
    const hadBacklog = before?.backlog === true;
    before = sample;
    const isEmpty = sample.waiting === 0;
    if (hadBacklog || (sample.backlog && !isEmpty)) {
      const isShort = isEmpty && fetched > 0;
      span = isShort ? Math.min(spanMs.most, 2 * span) : Math.max(spanMs.least, shorten * span);
      return Math.min(max, Math.max(backlogMin, Math.ceil(mean(rates.slice(-samplesOfMean)) * span)));
    }
    const atBestRate = Math.ceil(Math.max(0, ...rates) * spanMs.most);
    return Math.min(max, Math.max(isEmpty ? idleMin : backlogMin, atBestRate));
  };
}

/** Counts the fetched tickets. Both counters restart when Redis is emptied, hence the lower bound of 0. */
function fetchedBetween(before: QueueSample, now: QueueSample): number {
  return Math.max(0, now.added - before.added - (now.waiting - before.waiting));
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
