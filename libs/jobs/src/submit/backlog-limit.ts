import { Problem } from '@turno/contract';
import { countWaiting, endedWithinSeconds, type Postgres, type TenantBacklog } from '@turno/postgres';
import { type Log, repeat } from '@turno/runtime';
import type { Caller } from '@turno/tenants';

export interface BacklogLimits {
  /**
   * Counts jobs that are about to be committed.
   * Throws `too-many-jobs-waiting` for more than the tenant's plan allows, `backlog-full` for more than the system
   * takes.
   */
  reserveBacklog(caller: Pick<Caller, 'tenantId' | 'plan'>, count: number): BacklogReservation;
  /** Counts soon, since jobs of another process wait. */
  noteWaiting(): void;
  close(): Promise<void>;
}

/** Room in the backlog for jobs that are being committed. */
export interface BacklogReservation {
  /**
   * Ends the reservation once the commit is over.
   * Room of jobs that cannot exist is given back at once.
   */
  settle(mayExist: boolean): void;
}

export interface BacklogDeps {
  sql: Postgres['sql'];
  log: Log;
  /** Jobs of all tenants that may wait, BACKLOG_MAX. */
  jobsMax: number;
  countEveryMs: number;
  /** Called with each count. */
  onCount?: (counts: readonly TenantBacklog[]) => void;
}

const all = '';
const secondsMax = 300;
/** The `Retry-After` before any job has ended, when the rate is unknown. */
const secondsUnknown = 30;

/**
 * A count takes at most a twentieth of the time, or comes this often.
 * At a million waiting jobs that is every six seconds.
 */
const pausePerCount = 19;
const countPauseMsMax = 15_000;

type Counted = Pick<TenantBacklog, 'waiting' | 'ended'>;

/**
 * Creates the limits of waiting jobs, from a count of all once a second, less often when that takes long. While none
 * waits and this process accepts none, it does not count.
 * Between two counts this process adds its own submits. Other processes may each accept as many jobs as they take in
 * that time.
 */
export function createBacklogLimits({ sql, log, jobsMax, countEveryMs, onCount }: BacklogDeps): BacklogLimits {
  let counted = new Map<string, Counted>();
  let nextCountAt = 0;
  let countMs = 0;
  /** Reserved since the count began, or uncommitted then: the count may lack these. */
  let sinceCount = new Map<string, number>();
  let sinceNextCount: Map<string, number> | undefined;
  const uncommitted = new Map<string, number>();
  let mayWait = true;
  const counting = repeat(
    log,
    { task: 'count-waiting-jobs', everyMs: countEveryMs, isDue: () => mayWait },
    async () => {
      const beganAt = performance.now();
      if (beganAt < nextCountAt) return;
      mayWait = false;
      sinceNextCount = new Map(uncommitted);
      const rows = await countWaiting(sql);
      const tookMs = performance.now() - beganAt;
      // The faster of the last two: a slow machine does not mean many jobs.
      nextCountAt = performance.now() + Math.min(countPauseMsMax, pausePerCount * Math.min(tookMs, countMs));
      countMs = tookMs;
      counted = sumUp(rows);
      mayWait ||= (counted.get(all)?.waiting ?? 0) > 0;
      [sinceCount, sinceNextCount] = [sinceNextCount, undefined];
      onCount?.(rows);
    },
  );
  counting.soon();
  const noteWaiting = () => {
    mayWait = true;
    counting.wake();
  };

  const secondsUntilCapacity = (name: string, max: number, count: number): number | undefined => {
    const { waiting = 0, ended = 0 } = counted.get(name) ?? {};
    const excess = waiting + (sinceCount.get(name) ?? 0) + count - max;
    return excess <= 0 ? undefined : drainSeconds(excess, ended / endedWithinSeconds);
  };
  const add = (tenantId: string, count: number, ...counts: Map<string, number>[]) => {
    for (const map of counts) for (const name of [tenantId, all]) map.set(name, (map.get(name) ?? 0) + count);
  };
  return {
    reserveBacklog({ tenantId, plan }, count) {
      const tenantMax = plan.jobsWaitingMax ?? Infinity;
      if (count > Math.min(tenantMax, jobsMax)) throw neverFits(Math.min(tenantMax, jobsMax));
      noteWaiting();
      const ofTenant = secondsUntilCapacity(tenantId, tenantMax, count);
      if (ofTenant !== undefined) throw tooManyWaiting(tenantMax, ofTenant);
      const ofAll = secondsUntilCapacity(all, jobsMax, count);
      if (ofAll !== undefined) throw new Problem('backlog-full', { retryAfterSeconds: ofAll });
      const counts = () => [sinceCount, ...(sinceNextCount === undefined ? [] : [sinceNextCount])];
      add(tenantId, count, uncommitted, ...counts());
      // Every new count begins with the uncommitted jobs, so that all counts contain these until they are settled.
      return { settle: (mayExist) => add(tenantId, -count, uncommitted, ...(mayExist ? [] : counts())) };
    },
    noteWaiting,
    close: () => counting.stop(),
  };
}

function sumUp(rows: readonly TenantBacklog[]): Map<string, Counted> {
  const sums = new Map<string, Counted>();
  const add = (name: string, { waiting, ended }: Counted) => {
    const sum = sums.get(name) ?? { waiting: 0, ended: 0 };
    sums.set(name, { waiting: sum.waiting + waiting, ended: sum.ended + ended });
  };
  for (const row of rows) for (const name of [row.tenantId, all]) add(name, row);
  return sums;
}

/** Returns the seconds until so many jobs have ended, at the recent rate. */
function drainSeconds(excess: number, perSecond: number): number {
  if (perSecond === 0) return secondsUnknown;
  return Math.min(secondsMax, Math.max(1, Math.ceil(excess / perSecond)));
}

function tooManyWaiting(max: number, retryAfterSeconds: number): Problem {
  const detail = `The plan allows ${max} jobs that wait for their start.`;
  return new Problem('too-many-jobs-waiting', { detail, retryAfterSeconds });
}

function neverFits(max: number): Problem {
  return new Problem('invalid-request', { detail: `At most ${max} jobs may wait at once; send fewer.` });
}
