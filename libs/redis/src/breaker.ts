import type { Redis } from 'ioredis';
import { redisConstants } from './redis-constants.ts';

export interface Breaker {
  /**
   * Runs `call` and returns its answer, or `fallback`.
   * Never throws. The fallback is returned when the call fails, at once while the breaker is open, and with
   * `giveUpWhenSlow` as soon as the call is slow.
   */
  run<T>(call: () => Promise<T>, fallback: T): Promise<T>;
}

export interface BreakerOptions {
  /** Gives up each slow call on its own. For a caller that has another source of the same answer. */
  giveUpWhenSlow?: boolean;
  /** A call that takes longer is slow. */
  slowMs?: number | undefined;
}

const failuresToOpen = 3;
const probeEveryMs = 100;

/**
 * Creates a circuit breaker that keeps calls away from a Redis that is gone or slow.
 *
 * It opens after three calls in a row that failed or were slow, and closes when its own PING was answered in time. A
 * call that is under way when it opens is given up: Redis may have executed it.
 */
export function createBreaker(
  redis: Pick<Redis, 'ping'>,
  { giveUpWhenSlow = false, slowMs = redisConstants.slowMs }: BreakerOptions = {},
): Breaker {
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
    const answered = await reportWhenSlow(redis.ping(), slowMs, () => (slow = true)).then(
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
        if (giveUpWhenSlow) giveUp();
      };
      const answered = reportWhenSlow(call(), slowMs, count).then(
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

/**
 * Calls `onSlow` if the call takes more than `slowMs`.
 * If this process was the busy side, the answer is in the socket by then and is read before the immediate, so
 * `onSlow` is not called.
 */
function reportWhenSlow<T>(call: Promise<T>, slowMs: number, onSlow: () => void): Promise<T> {
  let immediate: NodeJS.Immediate | undefined;
  const timer = setTimeout(() => {
    immediate = setImmediate(onSlow);
  }, slowMs);
  return call.finally(() => {
    clearTimeout(timer);
    clearImmediate(immediate);
  });
}
