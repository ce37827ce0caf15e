import type { Redis } from 'ioredis';

export interface Breaker {
  /**
   * Runs `call`, or answers `fallback`: at once while the breaker is open, when the call fails, and for the impatient when it is slow.
   * Never throws.
   */
  run<T>(call: () => Promise<T>, fallback: T): Promise<T>;
}

const failuresToOpen = 3;
const slowMs = 25;
const probeEveryMs = 100;

/**
 * Keeps requests away from a Redis that is gone or slow: after three calls in a row that failed or took over 25 ms, no request touches
 * it until a probe of our own was answered in time. Calls under way are given up in that moment: they may have been done, or not.
 * `impatient` is who has a sure way to the same answer: each of its calls is given up as soon as it is slow.
 */
export function createBreaker(redis: Pick<Redis, 'ping'>, { impatient = false } = {}): Breaker {
  const giveUps = new Set<() => void>();
  let failures = 0;
  let open = false;

  function fail(): void {
    failures += 1;
    if (failures < failuresToOpen || open) return;
    open = true;
    for (const giveUp of giveUps) giveUp();
    probeLater();
  }

  function probeLater(): void {
    setTimeout(() => void probe(), probeEveryMs).unref();
  }

  async function probe(): Promise<void> {
    let slow = false;
    const answered = await noteWhenSlow(redis.ping(), () => (slow = true)).then(
      () => true,
      () => false,
    );
    if (!answered || slow) return probeLater();
    failures = 0;
    open = false;
  }

  return {
    async run(call, fallback) {
      if (open) return fallback;
      let counted = false;
      let giveUp = () => {};
      const count = () => {
        if (!counted) fail();
        counted = true;
        if (impatient) giveUp();
      };
      const answered = noteWhenSlow(call(), count).then(
        (answer) => {
          if (!counted) failures = 0;
          return answer;
        },
        () => (count(), fallback),
      );
      const givenUp = new Promise<typeof fallback>((resolve) => {
        giveUp = () => resolve(fallback);
      });
      giveUps.add(giveUp);
      return Promise.race([answered, givenUp]).finally(() => giveUps.delete(giveUp));
    },
  };
}

/** When it was this process that was busy, the answer lies in the socket by now, and is read before the immediate. */
function noteWhenSlow<T>(call: Promise<T>, onSlow: () => void): Promise<T> {
  let immediate: NodeJS.Immediate | undefined;
  const timer = setTimeout(() => {
    immediate = setImmediate(onSlow);
  }, slowMs);
  return call.finally(() => {
    clearTimeout(timer);
    clearImmediate(immediate);
  });
}
