import { countInFlight, type Postgres, type TakenJob } from '@turno/postgres';

/** Whose turn it is in the backlog of one queue. */
export interface FairShare {
  /** What the next take goes by. Of a tenant alone nothing needs to be known, and nothing is asked. */
  now(): Promise<{ after: string; turns: ReadonlyMap<string, number> }>;
  note(taken: readonly TakenJob[]): void;
}

/** What ended since the last count, and what other workers took, is not seen for so long. */
const countEveryMs = 100;
/** Those with fewer turns than so many others count as if they had none. */
const tenantsMax = 200;
/** How long a turn is remembered on average. */
const memoryMs = 3_000;

/**
 * A tenant has had as many turns as it has jobs in flight, and as it was given in the last seconds. The first shares the slots evenly among
 * those who have work to do, however long their jobs take; by the second one who comes anew goes first until it has had as much as those
 * who had everything before.
 */
export function createFairShare(sql: Postgres['sql'], queue: string): FairShare {
  let after = '';
  let contested = false;
  let given = new Map<string, number>();
  let turns = new Map<string, number>();
  let countedAt = performance.now();

  async function count(): Promise<void> {
    const now = performance.now();
    if (now - countedAt < countEveryMs) return;
    given = faded(given, Math.exp((countedAt - now) / memoryMs));
    countedAt = now;
    const rows = contested ? await countInFlight(sql, queue, tenantsMax) : [];
    const sums = new Map(given);
    for (const { tenantId, jobs } of rows) add(sums, tenantId, jobs);
    turns = most(sums);
  }
  return {
    async now() {
      await count();
      return { after, turns: contested ? turns : none };
    },
    note(taken) {
      const [first] = taken;
      if (first === undefined) return;
      ({ upTo: after, contested } = first);
      for (const { tenantId } of taken) {
        add(given, tenantId, 1);
        add(turns, tenantId, 2); // it is in flight as well
      }
    },
  };
}

const none: ReadonlyMap<string, number> = new Map();

function add(counts: Map<string, number>, name: string, count: number): void {
  counts.set(name, (counts.get(name) ?? 0) + count);
}

/** Without those of whom next to nothing is left. */
function faded(counts: ReadonlyMap<string, number>, share: number): Map<string, number> {
  return new Map([...counts].map(([name, count]) => [name, count * share] as const).filter(([, count]) => count > 0.2));
}

function most(counts: ReadonlyMap<string, number>): Map<string, number> {
  const sorted = [...counts].sort(([, a], [, b]) => b - a);
  return new Map(sorted.slice(0, tenantsMax).map(([name, count]) => [name, Math.round(count)]));
}
