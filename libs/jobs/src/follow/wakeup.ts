/**
 * A latch between a loop and its event sources.
 * It stores one wake, so an event during the loop's work is not missed.
 */
export interface Wakeup {
  wake(): void;
  /** Wakes the loop for the last time: from now on `wait` resolves at once. */
  end(): void;
  ended(): boolean;
  /**
   * Resolves at the next wake, or at once if there was one since the last `wait`.
   * Only one caller may wait.
   */
  wait(): Promise<void>;
}

export function createWakeup(): Wakeup {
  let pending = false;
  let over = false;
  let waiting: (() => void) | undefined;
  const wake = () => {
    pending = true;
    waiting?.();
  };
  return {
    wake,
    end: () => {
      over = true;
      wake();
    },
    ended: () => over,
    wait: () =>
      new Promise<void>((resolve) => {
        waiting = () => {
          pending = over;
          waiting = undefined;
          resolve();
        };
        if (pending) waiting();
      }),
  };
}
