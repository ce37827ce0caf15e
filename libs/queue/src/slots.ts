/**
 * The slots of one queue in one worker: as many handlers may run at once.
 * A free slot goes to whoever waits longest, before a newcomer.
 */
export interface Slots {
  readonly size: number;
  /** Returns the number of slots that nobody uses or waits for. */
  free(): number;
  /** Takes up to `max` slots now, and returns how many. */
  take(max: number): number;
  /** Waits for slots and returns how many of `max` were taken; 0 after `timeoutMs` and once the slots are closed. */
  wait(max: number, timeoutMs: number): Promise<number>;
  /** Frees slots. They are handed out at the end of this turn of the event loop, together. */
  release(count?: number): void;
  /** Calls the listener after slots became free that nobody waits for. */
  onFree(listener: () => void): void;
  /** Ends all waits at once, and each later one. */
  close(): void;
}

interface Waiter {
  max: number;
  answer: (count: number) => void;
}

/** Creates the slots of a queue, all free. */
export function createSlots(size: number): Slots {
  let unused = size;
  let waiters: Waiter[] = [];
  let listener = () => {};
  let handingOut = false;
  let closed = false;

  function handOut(): void {
    handingOut = false;
    while (unused > 0) {
      const waiter = waiters.shift();
      if (waiter === undefined) return listener();
      waiter.answer(takeUpTo(waiter.max));
    }
  }

  function takeUpTo(max: number): number {
    const count = Math.min(unused, max);
    unused -= count;
    return count;
  }

  return {
    size,
    free: () => (waiters.length > 0 ? 0 : unused),
    take: (max) => (waiters.length > 0 ? 0 : takeUpTo(max)),
    wait: (max, timeoutMs) =>
      new Promise((resolve) => {
        if (closed) return resolve(0);
        const waiter = { max, answer };
        const timer = setTimeout(() => {
          waiters = waiters.filter((one) => one !== waiter);
          resolve(0);
        }, timeoutMs);
        function answer(count: number): void {
          clearTimeout(timer);
          resolve(count);
        }
        waiters.push(waiter);
      }),
    release(count = 1) {
      unused += count;
      if (handingOut) return;
      handingOut = true;
      process.nextTick(handOut);
    },
    onFree: (onFree) => void (listener = onFree),
    close() {
      closed = true;
      for (const { answer } of waiters.splice(0)) answer(0);
    },
  };
}
