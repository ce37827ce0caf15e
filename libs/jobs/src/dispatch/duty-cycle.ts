/** Keeps work that may become dear to a share of the time. */
export interface DutyCycle {
  /** True while it is too early to do it again. */
  isOn(): boolean;
  /** It has just been done, and began then. */
  after(beganAtMs: number): void;
}

/** Rests `times` as long as the work took. `now`: milliseconds of a clock that does not go back. */
export function createDutyCycle(times: number, now: () => number = () => performance.now()): DutyCycle {
  let until = -Infinity;
  return {
    isOn: () => now() < until,
    after(beganAtMs) {
      const atMs = now();
      until = atMs + times * (atMs - beganAtMs);
    },
  };
}
