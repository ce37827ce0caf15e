import {
  expireJobs,
  type Postgres,
  promoteDueJobs,
  purgeIdempotencyKeys,
  purgeJobs,
  purgeReusableResults,
  findOrphanedClaims,
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

/** Puts jobs whose time has come into the backlog. Returns how many. */
export async function promoteDue({ sql, publish }: MaintenanceDeps, rowsMax: number): Promise<number> {
  return inBatches(rowsMax, async () => {
    const promoted = await promoteDueJobs(sql, rowsMax);
    for (const job of promoted) publish(job);
    return promoted.length;
  });
}

/** Fails jobs that still wait at their deadline. */
export async function expireDue({ sql, publish }: MaintenanceDeps, rowsMax: number): Promise<number> {
  const endsMax = Math.ceil(rowsMax / 2); // each end is told to webhooks too
  return inBatches(endsMax, async () => {
    const expired = await expireJobs(sql, endsMax);
    for (const job of expired) publish(job);
    return expired.length;
  });
}

export interface RescueOptions {
  /** The worker that asks, whose own lease tells whether it may. */
  worker: string;
  /** How long a worker may be silent. */
  leaseMs: number;
  rowsMax: number;
}

/** Takes the jobs of workers that are gone. */
export async function rescueLost({ sql, log, publish }: MaintenanceDeps, options: RescueOptions): Promise<number> {
  const { worker, leaseMs } = options;
  const rowsMax = rescuedMax(options);
  const gone = await takeExpiredLeases(sql, worker, leaseMs);
  if (gone.length > 0) log.warn({ workers: gone }, 'workers are gone, taking their jobs');
  return inBatches(rowsMax, async () => {
    const rescued = await requeueJobs(sql, rowsMax);
    for (const job of rescued) publish(job);
    if (rescued.length > 0) log.warn({ jobs: rescued.length }, 'jobs of lost workers taken');
    return rescued.length;
  });
}

/**
 * Makes the sweep for jobs that run in this worker's name and that it has not in hand: a claim that took effect after it was given up, an end
 * that a promoted stand-by or a restored backup has forgotten. Its lease is good, so no other worker takes them. A claim counts as a stray
 * when it was seen in one look and is out of hand before the next: by then its end, had there been one, would be written.
 */
export function createOrphanRequeue(
  { sql, log, publish }: MaintenanceDeps,
  inHand: () => ReadonlySet<string>,
  options: Pick<RescueOptions, 'worker' | 'rowsMax'>,
): () => Promise<number> {
  let seen: string[] = [];
  return async () => {
    const strays = seen.filter((claim) => !inHand().has(claim));
    const rescued = strays.length === 0 ? [] : await requeueOrphanedClaims(sql, rescuedMax(options), strays);
    for (const job of rescued) publish(job);
    if (rescued.length > 0)
      log.warn(
        { jobs: rescued.map((job) => job.jobId) },
        'jobs ran in the name of this worker, which has them not, and are queued again',
      );
    seen = await findOrphanedClaims(sql, options.worker, inHand());
    return rescued.length;
  };
}

/** Each row is written to the history too. */
function rescuedMax({ rowsMax }: Pick<RescueOptions, 'rowsMax'>): number {
  return Math.ceil(rowsMax / 2);
}

/** Erases what was final for longer than the retention. */
export async function purgeOld({ sql }: MaintenanceDeps, retentionDays: number, rowsMax: number): Promise<number> {
  const purged = await inBatches(rowsMax, () => purgeJobs(sql, retentionDays, rowsMax));
  await inBatches(rowsMax, () => purgeReusableResults(sql, retentionDays, rowsMax));
  return purged;
}

/** Erases keys of requests that are too old to be repeated. */
export async function purgeOldKeys({ sql }: MaintenanceDeps, hours: number, rowsMax: number): Promise<number> {
  return inBatches(rowsMax, () => purgeIdempotencyKeys(sql, hours, rowsMax));
}

/** Takes full batches until one is not full any more. */
async function inBatches(rowsMax: number, take: () => Promise<number>): Promise<number> {
  let total = 0;
  for (let taken = rowsMax; taken === rowsMax; total += taken) taken = await take();
  return total;
}
