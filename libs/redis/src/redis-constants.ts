/** When Redis counts as slow or away, as shipped. */
export const redisConstants = {
  /** A call behind a circuit breaker that takes longer is slow. */
  slowMs: 25,
  /** A command of a `cache` connection that takes longer fails. */
  timeoutMs: 100,
};

export type RedisConstants = typeof redisConstants;
