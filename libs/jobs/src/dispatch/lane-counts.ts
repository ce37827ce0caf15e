import type { TenantBacklog } from '@turno/postgres';

/** How many jobs each tenant has in each line of the backlog. */
export interface LaneCounts {
  /** Of this tenant, in the line where this job stands. */
  own(place: LinePlace): number;
  /** Jobs of others, and of higher priorities, that have their turn before one that stands behind `own` of its tenant. */
  othersBefore(place: LinePlace, own: number): number;
}

export interface LinePlace {
  tenantId: string;
  queue: string;
  priority: number;
}

interface Line {
  byTenant: Map<string, number>;
  /** The tenants' numbers of jobs, ascending, and the sums of those before each. */
  sizes: number[];
  sums: number[];
}

export function createLaneCounts(counts: readonly TenantBacklog[]): LaneCounts {
  const queues = new Map<string, Map<number, Line>>();
  for (const { tenantId, line, waiting } of counts)
    if (line !== null) lineAt(queues, line.queue, line.priority).byTenant.set(tenantId, waiting);
  for (const lines of queues.values()) for (const line of lines.values()) sumUp(line);
  const own = ({ tenantId, queue, priority }: LinePlace) =>
    queues.get(queue)?.get(priority)?.byTenant.get(tenantId) ?? 0;
  return {
    own,
    othersBefore(place, ownBefore) {
      let total = 0;
      for (const [priority, line] of queues.get(place.queue) ?? []) {
        if (priority > place.priority) total += atMost(line, Infinity);
        // Each other tenant has as many turns before this one's as this one has itself, or all that it has.
        if (priority === place.priority) total += atMost(line, ownBefore + 1) - Math.min(own(place), ownBefore + 1);
      }
      return total;
    },
  };
}

function lineAt(queues: Map<string, Map<number, Line>>, queue: string, priority: number): Line {
  const lines = queues.get(queue) ?? new Map<number, Line>();
  queues.set(queue, lines);
  const line = lines.get(priority) ?? { byTenant: new Map<string, number>(), sizes: [], sums: [] };
  lines.set(priority, line);
  return line;
}

function sumUp(line: Line): void {
  line.sizes = [...line.byTenant.values()].sort((a, b) => a - b);
  line.sums = [0];
  for (const size of line.sizes) line.sums.push((line.sums.at(-1) ?? 0) + size);
}

/** The sum over all tenants of what each has, but no more than `turns` of each. */
function atMost({ sizes, sums }: Line, turns: number): number {
  let low = 0;
  for (let high = sizes.length; low < high;) {
    const middle = (low + high) >> 1;
    if ((sizes[middle] ?? 0) <= turns) low = middle + 1;
    else high = middle;
  }
  return (sums[low] ?? 0) + (low === sizes.length ? 0 : (sizes.length - low) * turns);
}
