import {
  clearDeletedTenant,
  expireJobs,
  findOrphanedClaims,
  type Postgres,
  promoteDueJobs,
  purgeIdempotencyKeys,
  purgeJobs,
  purgeReusableResults,
  requeueJobs,
  requeueOrphanedClaims,
  takeExpiredLeases,
} from '@turno/postgres';
import type { Log } from '@turno/runtime';
import type { Publish } from '../follow/publish-changes.ts';

export interface MaintenanceDeps {
  sql: Postgres['sql'];
  log: Log;
  publish: Publish;
}

/** Moves due jobs into the backlog: delayed ones and retries. Returns how many. */
export async function promoteDue({ sql, publish }: MaintenanceDeps, rowsMax: number): Promise<number> {
  return inBatches(rowsMax, async () => {
    const promoted = await promoteDueJobs(sql, rowsMax);
    for (const job of promoted) publish(job);
    return promoted.length;
  });
}

/** Fails jobs that have not started by their deadline. Returns how many. */
export async function expireDue({ sql, publish }: MaintenanceDeps, rowsMax: number): Promise<number> {
  const endsMax = Math.ceil(rowsMax / 2); // an end may write deliveries too
  return inBatches(endsMax, async () => {
    const expired = await expireJobs(sql, endsMax);
    for (const job of expired) publish(job);
    return expired.length;
  });
}

/** Steps of one round: a tenant with a million jobs does not keep the others waiting. */
const clearStepsMax = 20;

/** Cancels jobs of deleted tenants, and disables their endpoints. Returns the number of cancelled jobs. */
export async function clearDeleted({ sql, log, publish }: MaintenanceDeps, rowsMax: number): Promise<number> {
  let count = 0;
  for (let step = 0; step < clearStepsMax; step += 1) {
    const cancelled = await clearDeletedTenant(sql, rowsMax);
    if (cancelled === undefined) break;
    for (const job of cancelled) publish(job);
    count += cancelled.length;
  }
  if (count > 0) log.info({ jobs: count }, 'jobs of deleted tenants were cancelled');
  return count;
}

export interface RescueOptions {
  /** The worker that runs the task. Only while its own lease is unbroken may it take leases away. */
  worker: string;
  /** A worker without a renewal for this long loses its lease. */
  leaseMs: number;
  rowsMax: number;
}

/** Requeues running jobs of workers whose lease expired. Returns how many. */
export async function rescueLost({ sql, log, publish }: MaintenanceDeps, options: RescueOptions): Promise<number> {
  const { worker, leaseMs } = options;
  const rowsMax = rescuedMax(options);
  const expired = await takeExpiredLeases(sql, worker, leaseMs);
  if (expired.length > 0)
    log.warn({ workers: expired }, `leases expired after ${leaseMs / 1_000} s; their jobs are requeued`);
  return inBatches(rowsMax, async () => {
    const rescued = await requeueJobs(sql, rowsMax);
    for (const job of rescued) publish(job);
    if (rescued.length > 0) log.warn({ jobs: rescued.length }, 'jobs of lost workers were requeued');
    return rescued.length;
  });
}

/**
 * Creates the task that requeues orphaned claims: running jobs in this worker's name that it lacks.
 *
 * A claim becomes orphaned when its reply was lost, or when a promoted stand-by or a restored backup has forgotten
 * its end. This worker's lease is good, so no other worker takes such a job. A claim counts as orphaned if one round
 * finds it in Postgres and the next round finds it closed here: by then its end would be written.
 */
export function createOrphanRequeue(
  { sql, log, publish }: MaintenanceDeps,
  openClaims: () => ReadonlySet<string>,
  options: Pick<RescueOptions, 'worker' | 'rowsMax'>,
): () => Promise<number> {
  let found: string[] = [];
  return async () => {
    const orphaned = found.filter((claim) => !openClaims().has(claim));
    const requeued = orphaned.length === 0 ? [] : await requeueOrphanedClaims(sql, rescuedMax(options), orphaned);
    for (const job of requeued) publish(job);
    if (requeued.length > 0)
      log.warn({ jobs: requeued.map((job) => job.jobId), worker: options.worker }, 'orphaned claims were requeued');
    found = await findOrphanedClaims(sql, options.worker, openClaims());
    return requeued.length;
  };
}

/** Halves the batch, since each rescued row is written to the history too. */
function rescuedMax({ rowsMax }: Pick<RescueOptions, 'rowsMax'>): number {
  return Math.ceil(rowsMax / 2);
}

/**
 * Erases jobs that have been final for longer than the retention, and old reusable results.
 * Returns the number of jobs.
 */
export async function purgeOld({ sql }: MaintenanceDeps, retentionDays: number, rowsMax: number): Promise<number> {
  const purged = await inBatches(rowsMax, () => purgeJobs(sql, retentionDays, rowsMax));
  await inBatches(rowsMax, () => purgeReusableResults(sql, retentionDays, rowsMax));
  return purged;
}

/** Erases idempotency keys that are older than `hours`. Returns how many. */
export async function purgeOldKeys({ sql }: MaintenanceDeps, hours: number, rowsMax: number): Promise<number> {
  return inBatches(rowsMax, () => purgeIdempotencyKeys(sql, hours, rowsMax));
}

/** Runs batches until one is not full, and returns the sum. */
async function inBatches(rowsMax: number, runBatch: () => Promise<number>): Promise<number> {
  let total = 0;
  for (let rows = rowsMax; rows === rowsMax; total += rows) rows = await runBatch();
  return total;
}
