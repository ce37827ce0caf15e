import { unanswered } from '../connection/index.ts';

/** An item of a batcher without a result. */
export interface Waiting<Item, Result> {
  item: Item;
  since: number;
  /** The error of the last flush. */
  error?: unknown;
  settled: boolean;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
}

export interface WaitingItems<Item, Result> {
  add(waiting: Waiting<Item, Result>): void;
  /** Both do nothing for an item that is settled. */
  answer(waiting: Waiting<Item, Result>, result: Result): void;
  refuse(waiting: Waiting<Item, Result>, error: unknown): void;
}

/**
 * Creates the set of items without a result. Each is rejected with its last error after `timeoutMs`, also while its
 * statement hangs; `onRefused` is called after each round of rejections. One timer serves all items, since they expire
 * in the order of arrival.
 */
export function createWaitingItems<Item, Result>(timeoutMs: number, onRefused: () => void): WaitingItems<Item, Result> {
  const items = new Set<Waiting<Item, Result>>();
  let alarm: NodeJS.Timeout | undefined;

  function isFirstEnd(waiting: Waiting<Item, Result>): boolean {
    if (waiting.settled) return false;
    waiting.settled = true;
    return items.delete(waiting);
  }

  function refuse(waiting: Waiting<Item, Result>, error: unknown): void {
    if (isFirstEnd(waiting)) waiting.reject(error);
  }

  function watch(): void {
    const [oldest] = items;
    if (alarm !== undefined || oldest === undefined || timeoutMs === Infinity) return;
    alarm = setTimeout(refuseOld, Math.max(0, oldest.since + timeoutMs - performance.now()));
  }

  function refuseOld(): void {
    alarm = undefined;
    const now = performance.now();
    for (const waiting of items) {
      if (now - waiting.since < timeoutMs) break;
      refuse(waiting, waiting.error ?? unanswered(timeoutMs));
    }
    onRefused();
    watch();
  }

  return {
    add(waiting) {
      items.add(waiting);
      watch();
    },
    answer(waiting, result) {
      if (isFirstEnd(waiting)) waiting.resolve(result);
    },
    refuse,
  };
}
