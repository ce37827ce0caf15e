import type { Log } from '../process/log.ts';
import type { OpsAnswer } from './ops-server.ts';
import { withTimeout } from '../timing/with-timeout.ts';

export interface Probe {
  name: string;
  /** Resolves with true when it is there. A rejection, and no answer in time, count as away. */
  check: () => Promise<boolean>;
  /** Not ready once it has been away for this long. Left out: its absence only degrades. */
  neededWithinMs?: number;
}

export interface Readiness {
  /** 200 `ready` or `degraded`, 503 `unavailable` or `draining`. `verbose` adds a line for each probe. */
  report(verbose: boolean): OpsAnswer;
  /** From now on 503: the process is about to stop and wants no new work. */
  drain(): void;
  close(): void;
}

export interface ReadinessOptions {
  everyMs?: number;
  timeoutMs?: number;
}

/**
 * Probes in the background, so that the answer costs nothing, cannot hang, and knows since when something has been away however
 * seldom it is asked. What stays away for a second look is told in the log once, and when it is back.
 */
export function watchReadiness(log: Log, probes: readonly Probe[], options: ReadinessOptions = {}): Readiness {
  const { everyMs = 1_000, timeoutMs = 1_000 } = options;
  const awaySince = new Map<string, number>();
  const told = new Set<string>();
  let draining = false;
  const unanswered = new Set<string>();
  const ask = async ({ name, check }: Probe) => {
    if (unanswered.has(name)) return; // one that hangs is away already, and is not to pile up
    unanswered.add(name);
    const no = () => false;
    const answer = check()
      .catch(no)
      .finally(() => unanswered.delete(name));
    const since = awaySince.get(name);
    if (await withTimeout(timeoutMs, answer, no)) {
      awaySince.delete(name);
      if (told.delete(name)) log.info({ store: name, since: toTime(since) }, `${name} answers again`);
    } else if (since === undefined) awaySince.set(name, Date.now());
    else if (!told.has(name)) {
      told.add(name);
      log.warn({ store: name, since: toTime(since) }, `${name} does not answer`);
    }
  };
  const timer = setInterval(() => probes.forEach((probe) => void ask(probe)), everyMs);
  timer.unref();
  probes.forEach((probe) => void ask(probe));
  return {
    report(verbose) {
      const status = statusOf(probes, awaySince, draining);
      const checks = Object.fromEntries(probes.map(({ name }) => [name, describe(awaySince.get(name))]));
      return {
        status: status === 'ready' || status === 'degraded' ? 200 : 503,
        contentType: 'application/json',
        body: JSON.stringify(verbose ? { status, checks } : { status }),
      };
    },
    drain() {
      draining = true;
    },
    close: () => clearInterval(timer),
  };
}

type Status = 'ready' | 'degraded' | 'unavailable' | 'draining';

function statusOf(probes: readonly Probe[], awaySince: ReadonlyMap<string, number>, draining: boolean): Status {
  if (draining) return 'draining';
  const isMissed = ({ name, neededWithinMs = Infinity }: Probe) =>
    Date.now() - (awaySince.get(name) ?? Infinity) >= neededWithinMs;
  if (probes.some(isMissed)) return 'unavailable';
  return awaySince.size > 0 ? 'degraded' : 'ready';
}

function describe(since: number | undefined) {
  return since === undefined ? { status: 'up' } : { status: 'away', since: toTime(since) };
}

function toTime(since: number | undefined): string | undefined {
  return since === undefined ? undefined : new Date(since).toISOString();
}

export const alive: OpsAnswer = { status: 200, contentType: 'application/json', body: '{"status":"alive"}' };

/** Health by path, for the operations listener. `?verbose` tells the stores apart. */
export function healthChecks(readiness: Readiness) {
  return {
    '/livez': () => Promise.resolve(alive),
    '/readyz': (query: URLSearchParams) => Promise.resolve(readiness.report(query.has('verbose'))),
  };
}
