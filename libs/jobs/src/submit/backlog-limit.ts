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
  close(): Promise<void>;
}

/** Room in the backlog for jobs that are being committed. */
export interface BacklogReservation {
  /** Ends the reservation once the commit is over. Room of jobs that cannot exist is given back at once. */
  settle(mayExist: boolean): void;
}

export interface BacklogDeps {
  sql: Postgres['sql'];
  log: Log;
  /** Jobs of all tenants that may wait, BACKLOG_MAX. */
  jobsMax: number;
  lookEveryMs: number;
  /** Sees each count. */
  onCount?: (counts: readonly TenantBacklog[]) => void;
}

const all = '';
const secondsMax = 300;
/** Before anything has ended there is no rate to go by. */
const secondsUnknown = 30;

/**
 * A look takes a twentieth of the time at most, or comes this often: at a million waiting jobs every
 * six seconds.
 */
const pausePerLook = 19;
const lookPauseMsMax = 15_000;

type Counted = Pick<TenantBacklog, 'waiting' | 'ended'>;

/**
 * Looks once a second at what waits, by one statement, seldomer when that takes long, and counts its
 * own submits in between: other processes may each let in as many as they take within that time.
 */
export function createBacklogLimits({ sql, log, jobsMax, lookEveryMs, onCount }: BacklogDeps): BacklogLimits {
  let counted = new Map<string, Counted>();
  let nextLookAt = 0;
  let lookMs = 0;
  /** Taken in since the look, or under way when it began: it cannot have seen all of these. */
  let since = new Map<string, number>();
  let next: Map<string, number> | undefined;
  const underWay = new Map<string, number>();
  const looking = repeat(log, { task: 'count-waiting-jobs', everyMs: lookEveryMs }, async () => {
    const beganAt = performance.now();
    if (beganAt < nextLookAt) return;
    next = new Map(underWay);
    const rows = await countWaiting(sql);
    const tookMs = performance.now() - beganAt;
    // By the quicker of the last two: one that the machine slowed down says nothing of how much there is to count.
    nextLookAt = performance.now() + Math.min(lookPauseMsMax, pausePerLook * Math.min(tookMs, lookMs));
    lookMs = tookMs;
    counted = sumUp(rows);
    [since, next] = [next, undefined];
    onCount?.(rows);
  });
  looking.soon();

  const holdTo = (name: string, max: number, count: number): number | undefined => {
    const { waiting = 0, ended = 0 } = counted.get(name) ?? {};
    const excess = waiting + (since.get(name) ?? 0) + count - max;
    return excess <= 0 ? undefined : drainSeconds(excess, ended / endedWithinSeconds);
  };
  const note = (tenantId: string, count: number, ...counts: Map<string, number>[]) => {
    for (const map of counts) for (const name of [tenantId, all]) map.set(name, (map.get(name) ?? 0) + count);
  };
  return {
    reserveBacklog({ tenantId, plan }, count) {
      const tenantMax = plan.jobsWaitingMax ?? Infinity;
      if (count > Math.min(tenantMax, jobsMax)) throw neverFits(Math.min(tenantMax, jobsMax));
      const forTenant = holdTo(tenantId, tenantMax, count);
      if (forTenant !== undefined) throw tooManyWaiting(tenantMax, forTenant);
      const forAll = holdTo(all, jobsMax, count);
      if (forAll !== undefined) throw new Problem('backlog-full', { retryAfterSeconds: forAll });
      const counts = () => [since, ...(next === undefined ? [] : [next])];
      note(tenantId, count, underWay, ...counts());
      // As long as it is under way every new count begins with it, so it is in all of them.
      return { settle: (mayExist) => note(tenantId, -count, underWay, ...(mayExist ? [] : counts())) };
    },
    close: () => looking.stop(),
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

/** Until so many have gone, at the rate at which jobs ended lately. */
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
