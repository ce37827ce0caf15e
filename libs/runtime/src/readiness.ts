import type { OpsAnswer } from './ops-server.ts';

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
 * seldom it is asked.
 */
export function watchReadiness(probes: readonly Probe[], options: ReadinessOptions = {}): Readiness {
  const { everyMs = 1_000, timeoutMs = 1_000 } = options;
  const awaySince = new Map<string, number>();
  let draining = false;
  const unanswered = new Set<string>();
  const ask = async ({ name, check }: Probe) => {
    if (unanswered.has(name)) return; // one that hangs is away already, and is not to pile up
    unanswered.add(name);
    const answer = check().finally(() => unanswered.delete(name));
    if (await within(timeoutMs, answer)) awaySince.delete(name);
    else if (!awaySince.has(name)) awaySince.set(name, Date.now());
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
  return since === undefined ? { status: 'up' } : { status: 'away', since: new Date(since).toISOString() };
}

async function within(timeoutMs: number, check: Promise<boolean>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), timeoutMs);
  });
  const answer = await Promise.race([check.catch(() => false), late]);
  clearTimeout(timer);
  return answer;
}
