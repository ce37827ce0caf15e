import { newCacheCounts, type OpsAnswer } from '@turno/runtime';

/**
 * Creates the counts of this process's read caches.
 * Kinds have none: their documents are rendered once.
 */
export function createCacheCounts() {
  return {
    /** API keys, with the plans of their tenants. */
    keys: newCacheCounts(),
    jobsInMemory: newCacheCounts(),
    jobsInRedis: newCacheCounts(),
  };
}

/** Returns the route of the operations listener that reports the counts. */
export function cacheReport(counts: ReturnType<typeof createCacheCounts>) {
  return {
    '/caches': (): Promise<OpsAnswer> =>
      Promise.resolve({ status: 200, contentType: 'application/json', body: JSON.stringify(counts) }),
  };
}
