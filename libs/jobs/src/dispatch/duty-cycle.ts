/** Limits work that may become slow to a share of the time. */
export interface DutyCycle {
  /** Returns whether the work must still pause. */
  isPaused(): boolean;
  /** Records a round of the work that began at this time and has just ended. */
  recordRound(beganAtMs: number): void;
}

/**
 * Creates a duty cycle that pauses `pauses` times as long as the last round took.
 * `now` returns milliseconds of a monotonic clock.
 */
export function createDutyCycle(pauses: number, now: () => number = () => performance.now()): DutyCycle {
  let pausedUntil = -Infinity;
  return {
    isPaused: () => now() < pausedUntil,
    recordRound(beganAtMs) {
      const endedAtMs = now();
      pausedUntil = endedAtMs + pauses * (endedAtMs - beganAtMs);
    },
  };
}
