import type { Log } from '../process/log.ts';
import type { OpsAnswer } from './ops-server.ts';
import { withTimeout } from '../timing/with-timeout.ts';

export interface Probe {
  name: string;
  /** Resolves with true when the dependency answers. A rejection and a timeout count as away. */
  check: () => Promise<boolean>;
  /** The process is not ready once the dependency has been away for this long. Left out: its absence only degrades. */
  neededWithinMs?: number;
}

export interface Readiness {
  /** Returns 200 `ready` or `degraded`, 503 `unavailable` or `draining`. `verbose` adds an entry per probe. */
  report(verbose: boolean): OpsAnswer;
  /** Answers 503 from now on: the process is about to stop and takes no new work. */
  drain(): void;
  close(): void;
}

export interface ReadinessOptions {
  everyMs?: number;
  timeoutMs?: number;
}

/**
 * Probes the dependencies in the background.
 * A report is therefore cheap, cannot hang, and knows since when a dependency has been away. A dependency that fails
 * two probes in a row is logged once, and once more when it answers again.
 */
export function watchReadiness(log: Log, probes: readonly Probe[], options: ReadinessOptions = {}): Readiness {
  const { everyMs = 1_000, timeoutMs = 1_000 } = options;
  const awaySince = new Map<string, number>();
  const reported = new Set<string>();
  let draining = false;
  const pending = new Set<string>();
  const run = async ({ name, check }: Probe) => {
    if (pending.has(name)) return; // a probe that hangs counts as away already; another one would pile up
    pending.add(name);
    const no = () => false;
    const answer = check()
      .catch(no)
      .finally(() => pending.delete(name));
    const since = awaySince.get(name);
    if (await withTimeout(timeoutMs, answer, no)) {
      awaySince.delete(name);
      if (reported.delete(name))
        log.info({ store: name, since: toTime(since), outage: 'over' }, `${name} answers again`);
    } else if (since === undefined) awaySince.set(name, Date.now());
    else if (!reported.has(name)) {
      reported.add(name);
      log.warn({ store: name, since: toTime(since) }, `${name} does not answer`);
    }
  };
  const timer = setInterval(() => probes.forEach((probe) => void run(probe)), everyMs);
  timer.unref();
  probes.forEach((probe) => void run(probe));
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
  const isOverdue = ({ name, neededWithinMs = Infinity }: Probe) =>
    Date.now() - (awaySince.get(name) ?? Infinity) >= neededWithinMs;
  if (probes.some(isOverdue)) return 'unavailable';
  return awaySince.size > 0 ? 'degraded' : 'ready';
}

function describe(since: number | undefined) {
  return since === undefined ? { status: 'up' } : { status: 'away', since: toTime(since) };
}

function toTime(since: number | undefined): string | undefined {
  return since === undefined ? undefined : new Date(since).toISOString();
}

/** The answer of `/livez`. */
export const alive: OpsAnswer = { status: 200, contentType: 'application/json', body: '{"status":"alive"}' };

/** Makes the routes `/livez` and `/readyz` of the operations listener. `?verbose` lists each dependency. */
export function healthChecks(readiness: Readiness) {
  return {
    '/livez': () => Promise.resolve(alive),
    '/readyz': (query: URLSearchParams) => Promise.resolve(readiness.report(query.has('verbose'))),
  };
}
