import { countWaiting, type DueSchedule, type Postgres } from '@turno/postgres';

/** Takes room for up to `jobs` further jobs, as the plan of the schedule's tenant has it, and answers for how many. */
export type TakeRoom = (due: Pick<DueSchedule, 'tenantId' | 'jobsWaitingMax'>, jobs: number) => Promise<number>;

/**
 * For one round: what waits is counted once, and only when a plan has such a limit. Others who make jobs at the same time may each
 * take the same room, as they may between two looks of the API.
 */
export function createRooms(sql: Postgres['sql']): TakeRoom {
  let counted: Promise<Map<string, number>> | undefined;
  return async ({ tenantId, jobsWaitingMax }, jobs) => {
    if (jobsWaitingMax === null) return jobs;
    const waiting = await (counted ??= sumWaiting(sql));
    const before = waiting.get(tenantId) ?? 0;
    const taken = Math.max(0, Math.min(jobs, jobsWaitingMax - before));
    waiting.set(tenantId, before + taken);
    return taken;
  };
}

async function sumWaiting(sql: Postgres['sql']): Promise<Map<string, number>> {
  const sums = new Map<string, number>();
  for (const { tenantId, waiting } of await countWaiting(sql)) sums.set(tenantId, (sums.get(tenantId) ?? 0) + waiting);
  return sums;
}
