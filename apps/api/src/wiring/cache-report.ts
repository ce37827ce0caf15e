import { newCacheCounts, type OpsAnswer } from '@turno/runtime';

/**
 * The read caches of this process.
 * Kinds have none: they do not change while it lives, and their answers are made once.
 */
export function createCacheCounts() {
  return {
    /** Keys, with the plans of their tenants. */
    keys: newCacheCounts(),
    jobsInMemory: newCacheCounts(),
    jobsInRedis: newCacheCounts(),
  };
}

/** Their counts by path, for the operations listener. */
export function cacheReport(counts: ReturnType<typeof createCacheCounts>) {
  return {
    '/caches': (): Promise<OpsAnswer> =>
      Promise.resolve({ status: 200, contentType: 'application/json', body: JSON.stringify(counts) }),
  };
}
