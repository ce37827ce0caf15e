import {
  expireJobs,
  type Postgres,
  promoteDueJobs,
  purgeIdempotencyKeys,
  purgeJobs,
  purgeMemos,
  rescueJobs,
  takeExpiredLeases,
} from '@turno/postgres';
import type { Log } from '@turno/runtime';
import type { Tell } from './tell-changes.ts';

export interface SweepDeps {
  sql: Postgres['sql'];
  log: Log;
  tell: Tell;
}

/** Puts jobs whose time has come into the backlog. Returns how many. */
export async function promoteDue({ sql, tell }: SweepDeps, rowsMax: number): Promise<number> {
  return inBatches(rowsMax, async () => {
    const promoted = await promoteDueJobs(sql, rowsMax);
    for (const job of promoted) tell(job);
    return promoted.length;
  });
}

/** Fails jobs that still wait at their deadline. */
export async function expireDue({ sql, tell }: SweepDeps, rowsMax: number): Promise<number> {
  const endsMax = Math.ceil(rowsMax / 2); // each end is told to webhooks too
  return inBatches(endsMax, async () => {
    const expired = await expireJobs(sql, endsMax);
    for (const job of expired) tell(job);
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
export async function rescueLost({ sql, log, tell }: SweepDeps, options: RescueOptions): Promise<number> {
  const { worker, leaseMs } = options;
  const rowsMax = Math.ceil(options.rowsMax / 2); // each row is written to the history too
  const gone = await takeExpiredLeases(sql, worker, leaseMs);
  if (gone.length > 0) log.warn({ workers: gone }, 'workers are gone, taking their jobs');
  return inBatches(rowsMax, async () => {
    const rescued = await rescueJobs(sql, rowsMax);
    for (const job of rescued) tell(job);
    if (rescued.length > 0) log.warn({ jobs: rescued.length }, 'jobs of lost workers taken');
    return rescued.length;
  });
}

/** Erases what was final for longer than the retention. */
export async function purgeOld({ sql }: SweepDeps, retentionDays: number, rowsMax: number): Promise<number> {
  const purged = await inBatches(rowsMax, () => purgeJobs(sql, retentionDays, rowsMax));
  await inBatches(rowsMax, () => purgeMemos(sql, retentionDays, rowsMax));
  return purged;
}

/** Erases keys of requests that are too old to be repeated. */
export async function purgeOldKeys({ sql }: SweepDeps, hours: number, rowsMax: number): Promise<number> {
  return inBatches(rowsMax, () => purgeIdempotencyKeys(sql, hours, rowsMax));
}

/** Takes full batches until one is not full any more. */
async function inBatches(rowsMax: number, take: () => Promise<number>): Promise<number> {
  let total = 0;
  for (let taken = rowsMax; taken === rowsMax; total += taken) taken = await take();
  return total;
}
