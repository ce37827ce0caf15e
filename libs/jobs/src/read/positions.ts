import {
  type Lane,
  createBatcher,
  type Postgres,
  type Ranked,
  ranksMax,
  rankWaiting,
  type ReadJob,
  type TenantBacklog,
} from '@turno/postgres';
import type { Log } from '@turno/runtime';
import { LRUCache } from 'lru-cache';
import { createLaneCounts, type LaneCounts } from '../dispatch/lane-counts.ts';

/** How many stand before a queued job: an estimate, since turns between tenants depend on who else comes. */
export interface Positions {
  /** Null when it is not known. Costs a statement a second per line of a tenant that is asked about, however many ask. Never throws. */
  of(job: ReadJob): Promise<number | null>;
  /** Takes what waits by the latest count, and how many tickets wait in BullMQ. */
  see(counts: readonly TenantBacklog[], ticketsOf: (queue: string) => number): void;
}

type Queued = Pick<ReadJob, 'id' | 'tenantId' | 'queue' | 'priority' | 'backlog' | 'blocked'>;

const freshMs = 1_000;
const linesMax = 2_000;
const linesPerStatement = 20;
const timeoutMs = 500;

export function createPositions({ sql, log }: { sql: Postgres['sql']; log: Log }): Positions {
  let sizes: LaneCounts | undefined;
  let tickets: (queue: string) => number = () => 0;
  const known = new LRUCache<string, Promise<Ranked[]>>({ max: linesMax, ttl: freshMs });
  const rankings = createBatcher<Lane, Ranked[]>({
    flush: (lines) => rankWaiting(sql, lines),
    key: keyOf,
    rowsMax: linesPerStatement,
    timeoutMs,
  });

  function ranksOf(job: Queued): Promise<Ranked[]> {
    const key = keyOf(job);
    const found = known.get(key) ?? rankings.add(job);
    if (!known.has(key)) known.set(key, found);
    return found;
  }

  async function find(job: Queued): Promise<number | null> {
    if (sizes === undefined) return null;
    const waitInBullMq = tickets(job.queue);
    if (!job.backlog) return Math.max(0, Math.floor((waitInBullMq - 1) / 2)); // somewhere among them
    const own = ownBefore(await ranksOf(job), { id: job.id, count: sizes.own(job) });
    return job.blocked ? own : waitInBullMq + own + sizes.othersBefore(job, own);
  }
  return {
    of: (job) =>
      find(job).catch((error: unknown) => {
        log.debug({ err: error }, 'a position is not known');
        return null;
      }),
    see(counts, ticketsOf) {
      sizes = createLaneCounts(counts);
      tickets = ticketsOf;
    },
  };
}

function keyOf({ tenantId, queue, priority, blocked }: Lane): string {
  return `${tenantId} ${queue} ${priority} ${blocked}`;
}

/** Jobs of the same line that are older than this one: between two whose ranks are known, about in the middle. */
function ownBefore(ranks: readonly Ranked[], { id, count }: { id: string; count: number }): number {
  const next = ranks.findIndex((ranked) => ranked.id >= id);
  if (next === -1) {
    const last = ranks.at(-1)?.rank ?? 0;
    return last < ranksMax ? last : Math.floor((last + Math.max(last, count)) / 2); // nobody looked further
  }
  const { rank, id: found } = ranks[next] as Ranked;
  if (found === id) return rank - 1;
  const before = ranks[next - 1]?.rank ?? 0;
  return Math.floor((before + rank - 1) / 2);
}
