import { formatTime, Problem } from '@turno/contract';
import { addRequests, type MonthRequests, noteKeysUsed, type Postgres } from '@turno/postgres';
import { type Log, repeat } from '@turno/runtime';
import type { Caller } from './authenticate.ts';

/** Counts the requests of each month in memory, and adds the counts to Postgres every two seconds. */
export interface RequestMeter {
  /**
   * Counts one request.
   * Throws `quota-exceeded` when the quota of this month is used up; that request is not counted.
   */
  count(caller: Caller): void;
  /** Returns the requests of this month. Requests that other processes counted appear a few seconds late. */
  used(caller: Caller): { month: string; requests: number; resetsAt: Date };
  /** Adds the remaining counts to Postgres. */
  close(): Promise<void>;
}

/** The requests of one tenant in one month, as this process knows them. */
interface Tally {
  month: string;
  /** The total in Postgres, as of the last time that this process added to it or read it. */
  total: number;
  /** Requests counted here since then. */
  since: number;
}

const addUpEveryMs = 2_000;
const tenantsMax = 1_000;

/**
 * Creates a request meter.
 * All processes together may exceed a quota by the requests between two rounds: two seconds. During an outage of
 * Postgres no count is lost, and the last known totals hold. A killed process loses its counts since its last round.
 */
export function createRequestMeter({ sql, log }: { sql: Postgres['sql']; log: Log }): RequestMeter {
  const tallies = new Map<string, Tally>();
  const keysUsed = new Set<string>();
  const monthOf = createMonths();

  function tallyOf({ tenantId, requests }: Caller, month: string): Tally {
    let tally = tallies.get(`${tenantId} ${month}`);
    if (tally === undefined) {
      tally = { month, total: 0, since: 0 };
      tallies.set(`${tenantId} ${month}`, tally);
    }
    if (requests.month === month) tally.total = Math.max(tally.total, requests.used);
    return tally;
  }

  async function addUp(): Promise<void> {
    const counted = [...tallies].filter(([, tally]) => tally.since > 0).slice(0, tenantsMax);
    const adding = counted.map(([name, { month, since }]): MonthRequests => {
      return { tenantId: name.split(' ', 1)[0] ?? '', month, requests: since };
    });
    if (adding.length > 0) applyTotals(await addRequests(sql, adding), adding);
    dropIdle();
    const ids = [...keysUsed].slice(0, tenantsMax);
    if (ids.length > 0) await noteKeysUsed(sql, ids);
    for (const id of ids) keysUsed.delete(id);
  }

  function applyTotals(totals: readonly MonthRequests[], added: readonly MonthRequests[]): void {
    for (const { tenantId, month, requests } of added) {
      const tally = tallies.get(`${tenantId} ${month}`);
      if (tally) tally.since -= requests;
    }
    for (const { tenantId, month, requests } of totals) {
      const tally = tallies.get(`${tenantId} ${month}`);
      if (tally) tally.total = requests;
    }
  }

  /** Drops tallies without new requests. The next request brings the total along, see `Caller`. */
  function dropIdle(): void {
    if (tallies.size <= tenantsMax) return;
    for (const [name, { since }] of tallies) if (since === 0) tallies.delete(name);
  }

  const adding = repeat(log, { task: 'add-up-requests', everyMs: addUpEveryMs }, addUp);
  return {
    count(caller) {
      const now = new Date();
      const tally = tallyOf(caller, monthOf(now));
      const max = caller.plan.requestsPerMonthMax;
      if (max !== null && tally.total + tally.since >= max) throw quotaExceeded(max, now);
      tally.since += 1;
      keysUsed.add(caller.keyId);
    },
    used(caller) {
      const now = new Date();
      const { month, total, since } = tallyOf(caller, monthOf(now));
      return { month, requests: total + since, resetsAt: monthEnd(now) };
    },
    async close() {
      await adding.stop();
      await addUp().catch((error: unknown) =>
        log.warn({ err: error }, 'the last request counts could not be written to Postgres and are lost'),
      );
    },
  };
}

function quotaExceeded(max: number, now: Date): Problem {
  return new Problem('quota-exceeded', {
    detail: `The plan allows ${max} requests per month. The next month begins at ${formatTime(monthEnd(now))}.`,
    retryAfterSeconds: Math.ceil((monthEnd(now).getTime() - now.getTime()) / 1_000),
  });
}

/** Returns a function from a time to its month. Called per request, it computes a name only when the month changes. */
function createMonths(): (time: Date) => string {
  let last = { begins: 0, ends: 0, name: '' };
  return (time) => {
    const at = time.getTime();
    if (at < last.begins || at >= last.ends) {
      const begins = Date.UTC(time.getUTCFullYear(), time.getUTCMonth(), 1);
      last = { begins, ends: monthEnd(time).getTime(), name: formatTime(time).slice(0, 7) };
    }
    return last.name;
  };
}

function monthEnd(time: Date): Date {
  return new Date(Date.UTC(time.getUTCFullYear(), time.getUTCMonth() + 1, 1));
}
