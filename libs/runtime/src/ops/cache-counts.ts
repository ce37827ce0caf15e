/** What a cache was good for since its process started. For metrics: whoever reads them takes differences. */
export interface CacheCounts {
  /** Found. */
  hits: number;
  /** Not found, but somebody was asking already, and the answer served both. */
  shared: number;
  /** Not found, and looked for elsewhere. */
  misses: number;
  /** Found and too old to be used, or offered and older than what was there. */
  stale: number;
}

export function newCacheCounts(): CacheCounts {
  return { hits: 0, shared: 0, misses: 0, stale: 0 };
}
