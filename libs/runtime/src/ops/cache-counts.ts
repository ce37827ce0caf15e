/** Counters of a cache since its process started. Metrics take the difference of two readings. */
export interface CacheCounts {
  /** The entry was found. */
  hits: number;
  /** The entry was missing and already being read; one read served both callers. */
  shared: number;
  /** The entry was missing and read from the slower source. */
  misses: number;
  /** A found entry was too old to use, or an offered entry was older than the present one. */
  stale: number;
}

/** Creates counters that are all 0. */
export function newCacheCounts(): CacheCounts {
  return { hits: 0, shared: 0, misses: 0, stale: 0 };
}
