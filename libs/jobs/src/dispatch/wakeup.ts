/** A bell that remembers one ring, so that what happens while its owner is busy is not missed. */
export interface Wakeup {
  ring(): void;
  /** Rings, and from then on `rung` resolves at once. */
  end(): void;
  ended(): boolean;
  rung(): Promise<void>;
}

export function createWakeup(): Wakeup {
  let pending = false;
  let over = false;
  let waiting: (() => void) | undefined;
  const ring = () => {
    pending = true;
    waiting?.();
  };
  return {
    ring,
    end: () => {
      over = true;
      ring();
    },
    ended: () => over,
    rung: () =>
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
