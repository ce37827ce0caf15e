import { countInFlight, type Postgres, type TakenJob } from '@turno/postgres';

/** The order of tenants in the refill of one queue. */
export interface FairShare {
  /** Returns the parameters of the next take. With only one tenant in the backlog it runs no statement. */
  next(): Promise<{ after: string; received: ReadonlyMap<string, number> }>;
  /** Records the jobs of a take. */
  record(taken: readonly TakenJob[]): void;
}

/** Ended runs, and jobs that other workers took, are seen after this time. */
const countEveryMs = 100;
/**
 * Only the tenants with most slots are counted, this many.
 * All others count as if they had received none.
 */
const tenantsMax = 200;
/** The average time for which a received slot counts. */
const memoryMs = 3_000;

/**
 * Creates the fair share of one queue: the tenant that has received the fewest slots is next.
 * A tenant's number is its jobs in flight plus the slots that it received in the last seconds. The first shares slots
 * evenly however long each job takes. The second lets a tenant that is new go first until it has received as much as
 * the others.
 */
export function createFairShare(sql: Postgres['sql'], queue: string): FairShare {
  let after = '';
  let contested = false;
  let recent = new Map<string, number>();
  let received = new Map<string, number>();
  let countedAt = performance.now();

  async function count(): Promise<void> {
    const now = performance.now();
    if (now - countedAt < countEveryMs) return;
    recent = decay(recent, Math.exp((countedAt - now) / memoryMs));
    countedAt = now;
    const rows = contested ? await countInFlight(sql, queue, tenantsMax) : [];
    const sums = new Map(recent);
    for (const { tenantId, jobs } of rows) add(sums, tenantId, jobs);
    received = largest(sums);
  }
  return {
    async next() {
      await count();
      return { after, received: contested ? received : none };
    },
    record(taken) {
      const [first] = taken;
      if (first === undefined) return;
      ({ upTo: after, contested } = first);
      for (const { tenantId } of taken) {
        add(recent, tenantId, 1);
        add(received, tenantId, 2); // once as a recent slot, once as a job in flight
      }
    },
  };
}

const none: ReadonlyMap<string, number> = new Map();

function add(counts: Map<string, number>, name: string, count: number): void {
  counts.set(name, (counts.get(name) ?? 0) + count);
}

/** Multiplies all counts by `factor` and drops those that are nearly 0. */
function decay(counts: ReadonlyMap<string, number>, factor: number): Map<string, number> {
  const decayed = [...counts].map(([name, count]) => [name, count * factor] as const);
  return new Map(decayed.filter(([, count]) => count > 0.2));
}

function largest(counts: ReadonlyMap<string, number>): Map<string, number> {
  const sorted = [...counts].sort(([, a], [, b]) => b - a);
  return new Map(sorted.slice(0, tenantsMax).map(([name, count]) => [name, Math.round(count)]));
}
