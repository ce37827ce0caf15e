import { Problem } from '@turno/contract';
import { addRequests, type MonthRequests, noteKeysUsed, type Postgres } from '@turno/postgres';
import { type Log, repeat } from '@turno/runtime';
import type { Caller } from './authenticate.ts';

/** Counts requests by month, in memory; every few seconds what was counted is added up in Postgres. */
export interface RequestMeter {
  /** Counts one request. Throws `quota-exceeded` when the plan's requests of this month are used up; such a one is not counted. */
  count(caller: Caller): void;
  /** As far as this process knows: what others counted since is a few seconds late. */
  used(caller: Caller): { month: string; requests: number; resetsAt: Date };
  /** Adds up what is left. */
  close(): Promise<void>;
}

/** What one process knows of one tenant's month. */
interface Tally {
  month: string;
  /** Postgres' total, as of the last time that this process added to it or read it. */
  total: number;
  /** Counted here since. */
  since: number;
}

const addUpEveryMs = 2_000;
const tenantsMax = 1_000;

/**
 * A quota is overshot by what all processes together let through between two rounds of adding up: two seconds of requests. While
 * Postgres is away nothing is lost, and the totals known last hold. What a process counted since its last round is lost with it when it
 * is killed.
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
    if (adding.length > 0) learn(await addRequests(sql, adding), adding);
    forgetIdle();
    const ids = [...keysUsed].slice(0, tenantsMax);
    if (ids.length > 0) await noteKeysUsed(sql, ids);
    for (const id of ids) keysUsed.delete(id);
  }

  function learn(totals: readonly MonthRequests[], added: readonly MonthRequests[]): void {
    for (const { tenantId, month, requests } of added) {
      const tally = tallies.get(`${tenantId} ${month}`);
      if (tally) tally.since -= requests;
    }
    for (const { tenantId, month, requests } of totals) {
      const tally = tallies.get(`${tenantId} ${month}`);
      if (tally) tally.total = requests;
    }
  }

  /** Whoever comes again brings the total along, see `Caller`. */
  function forgetIdle(): void {
    if (tallies.size <= tenantsMax) return;
    for (const [name, { since }] of tallies) if (since === 0) tallies.delete(name);
  }

  const adding = repeat(log, { task: 'add-up-requests', everyMs: addUpEveryMs }, addUp);
  return {
    count(caller) {
      const now = new Date();
      const tally = tallyOf(caller, monthOf(now));
      const max = caller.plan.requestsPerMonthMax;
      if (max !== null && tally.total + tally.since >= max) throw exceeded(max, now);
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
      await addUp().catch((error: unknown) => log.warn({ err: error }, 'the last requests were not added up'));
    },
  };
}

function exceeded(max: number, now: Date): Problem {
  return new Problem('quota-exceeded', {
    detail: `The plan allows ${max} requests a month. The next month begins at ${monthEnd(now).toISOString()}.`,
    retryAfterSeconds: Math.ceil((monthEnd(now).getTime() - now.getTime()) / 1_000),
  });
}

/** Names the month of a time. It is asked on every request, so it works a month out only when it is another one. */
function createMonths(): (time: Date) => string {
  let last = { begins: 0, ends: 0, name: '' };
  return (time) => {
    const at = time.getTime();
    if (at < last.begins || at >= last.ends) {
      const begins = Date.UTC(time.getUTCFullYear(), time.getUTCMonth(), 1);
      last = { begins, ends: monthEnd(time).getTime(), name: time.toISOString().slice(0, 7) };
    }
    return last.name;
  };
}

function monthEnd(time: Date): Date {
  return new Date(Date.UTC(time.getUTCFullYear(), time.getUTCMonth() + 1, 1));
}
