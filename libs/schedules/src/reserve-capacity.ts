import { countWaiting, type DueSchedule, type Postgres } from '@turno/postgres';

/**
 * Reserves backlog capacity for up to `jobs` jobs of the schedule's tenant.
 * Returns how many fit into the limit of its plan.
 */
export type ReserveCapacity = (due: Pick<DueSchedule, 'tenantId' | 'jobsWaitingMax'>, jobs: number) => Promise<number>;

/**
 * Creates the reservation of backlog capacity for one round of due schedules.
 * Waiting jobs are counted once per round, and only if a plan has a limit. Other processes that create jobs at the
 * same time may reserve the same capacity, as API processes may between two of their counts.
 */
export function createCapacityReservation(sql: Postgres['sql']): ReserveCapacity {
  let counted: Promise<Map<string, number>> | undefined;
  return async ({ tenantId, jobsWaitingMax }, jobs) => {
    if (jobsWaitingMax === null) return jobs;
    const waiting = await (counted ??= sumWaiting(sql));
    const before = waiting.get(tenantId) ?? 0;
    const reserved = Math.max(0, Math.min(jobs, jobsWaitingMax - before));
    waiting.set(tenantId, before + reserved);
    return reserved;
  };
}

async function sumWaiting(sql: Postgres['sql']): Promise<Map<string, number>> {
  const sums = new Map<string, number>();
  for (const { tenantId, waiting } of await countWaiting(sql)) sums.set(tenantId, (sums.get(tenantId) ?? 0) + waiting);
  return sums;
}
