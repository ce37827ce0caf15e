import {
  createBatcher,
  type Lane,
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

/**
 * Estimates how many jobs start before a queued job.
 * It is no promise, since fair share depends on later submits.
 */
export interface Positions {
  /**
   * Estimates a job's position; null when it is unknown.
   * One statement a second per lane, however many read it. Never throws.
   */
  of(job: ReadJob): Promise<number | null>;
  /** Replaces the counts of the backlog and of the tickets in BullMQ. */
  update(counts: readonly TenantBacklog[], waitingTickets: (queue: string) => number): void;
}

type QueuedJob = Pick<ReadJob, 'id' | 'tenantId' | 'queue' | 'priority' | 'backlog' | 'blocked'>;

const freshMs = 1_000;
const lanesMax = 2_000;
const lanesPerStatement = 20;
const timeoutMs = 500;

/** Creates the estimates of positions. Until the first `update` every position is unknown. */
export function createPositions({ sql, log }: { sql: Postgres['sql']; log: Log }): Positions {
  let laneCounts: LaneCounts | undefined;
  let ticketsOf: (queue: string) => number = () => 0;
  const known = new LRUCache<string, Promise<Ranked[]>>({ max: lanesMax, ttl: freshMs });
  const rankings = createBatcher<Lane, Ranked[]>({
    flush: (lanes) => rankWaiting(sql, lanes),
    key: keyOf,
    rowsMax: lanesPerStatement,
    timeoutMs,
  });

  function ranksOf(job: QueuedJob): Promise<Ranked[]> {
    const key = keyOf(job);
    const found = known.get(key) ?? rankings.add(job);
    if (!known.has(key)) known.set(key, found);
    return found;
  }

  async function estimate(job: QueuedJob): Promise<number | null> {
    if (laneCounts === undefined) return null;
    const tickets = ticketsOf(job.queue);
    if (!job.backlog) return Math.max(0, Math.floor((tickets - 1) / 2)); // its ticket is anywhere among them
    const own = ownBefore(await ranksOf(job), { id: job.id, count: laneCounts.own(job) });
    return job.blocked ? own : tickets + own + laneCounts.othersBefore(job, own);
  }
  return {
    of: (job) =>
      estimate(job).catch((error: unknown) => {
        log.debug({ err: error, jobId: job.id }, 'position is unknown');
        return null;
      }),
    update(counts, waitingTickets) {
      laneCounts = createLaneCounts(counts);
      ticketsOf = waitingTickets;
    },
  };
}

function keyOf({ tenantId, queue, priority, blocked }: Lane): string {
  return `${tenantId} ${queue} ${priority} ${blocked}`;
}

/**
 * Estimates the older jobs of the same lane.
 * A job between two known ranks counts as half-way between them.
 */
function ownBefore(ranks: readonly Ranked[], { id, count }: { id: string; count: number }): number {
  const next = ranks.findIndex((ranked) => ranked.id >= id);
  if (next === -1) {
    const last = ranks.at(-1)?.rank ?? 0;
    return last < ranksMax ? last : Math.floor((last + Math.max(last, count)) / 2); // ranks end at ranksMax
  }
  const { rank, id: found } = ranks[next] as Ranked;
  if (found === id) return rank - 1;
  const before = ranks[next - 1]?.rank ?? 0;
  return Math.floor((before + rank - 1) / 2);
}
