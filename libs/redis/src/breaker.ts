export interface Breaker {
  /** Runs `call`, or answers `fallback` at once while the breaker is open, or when the call fails. Never throws. */
  run<T>(call: () => Promise<T>, fallback: T): Promise<T>;
}

const failuresToOpen = 3;
const openMs = 1_000;

/** After three failures in a row nothing is tried for a second; then one call is the probe. */
export function createBreaker(): Breaker {
  let failures = 0;
  let closedAgainAt = 0;
  return {
    async run(call, fallback) {
      if (failures >= failuresToOpen && Date.now() < closedAgainAt) return fallback;
      closedAgainAt = Date.now() + openMs; // while this one probes, the others pass by
      try {
        const answer = await call();
        failures = 0;
        return answer;
      } catch {
        failures += 1;
        return fallback;
      }
    },
  };
}
