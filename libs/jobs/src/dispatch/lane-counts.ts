import type { TenantBacklog } from '@turno/postgres';

/** The number of jobs in each lane of the backlog. A lane is one tenant in one queue with one priority. */
export interface LaneCounts {
  /** Returns the number of jobs in this job's lane. */
  own(job: LaneKey): number;
  /**
   * Estimates the jobs of other lanes that start before this one.
   * `ownBefore` is the number of jobs before it in its own lane. Higher priorities count in full.
   */
  othersBefore(job: LaneKey, ownBefore: number): number;
}

export interface LaneKey {
  tenantId: string;
  queue: string;
  priority: number;
}

/** All lanes of one priority in one queue. */
interface PriorityLevel {
  byTenant: Map<string, number>;
  /** The tenants' counts in ascending order, and for each the sum of the counts before it. */
  counts: number[];
  sums: number[];
}

/** Creates the counts of all lanes from one count of the backlog. */
export function createLaneCounts(backlog: readonly TenantBacklog[]): LaneCounts {
  const queues = new Map<string, Map<number, PriorityLevel>>();
  for (const { tenantId, lane, waiting } of backlog)
    if (lane !== null) levelOf(queues, lane.queue, lane.priority).byTenant.set(tenantId, waiting);
  for (const levels of queues.values()) for (const level of levels.values()) sumUp(level);
  const own = ({ tenantId, queue, priority }: LaneKey) => queues.get(queue)?.get(priority)?.byTenant.get(tenantId) ?? 0;
  return {
    own,
    othersBefore(job, ownBefore) {
      let total = 0;
      for (const [priority, level] of queues.get(job.queue) ?? []) {
        if (priority > job.priority) total += sumCapped(level, Infinity);
        // Before this job each other tenant gets as many slots as this tenant, or all that it waits for.
        if (priority === job.priority) total += sumCapped(level, ownBefore + 1) - Math.min(own(job), ownBefore + 1);
      }
      return total;
    },
  };
}

function levelOf(queues: Map<string, Map<number, PriorityLevel>>, queue: string, priority: number): PriorityLevel {
  const levels = queues.get(queue) ?? new Map<number, PriorityLevel>();
  queues.set(queue, levels);
  const level = levels.get(priority) ?? { byTenant: new Map<string, number>(), counts: [], sums: [] };
  levels.set(priority, level);
  return level;
}

function sumUp(level: PriorityLevel): void {
  level.counts = [...level.byTenant.values()].sort((a, b) => a - b);
  level.sums = [0];
  for (const count of level.counts) level.sums.push((level.sums.at(-1) ?? 0) + count);
}

/** Returns the sum of all tenants' counts, each capped at `cap`, by binary search. */
function sumCapped({ counts, sums }: PriorityLevel, cap: number): number {
  let low = 0;
  for (let high = counts.length; low < high;) {
    const middle = (low + high) >> 1;
    if ((counts[middle] ?? 0) <= cap) low = middle + 1;
    else high = middle;
  }
  return (sums[low] ?? 0) + (low === counts.length ? 0 : (counts.length - low) * cap);
}
