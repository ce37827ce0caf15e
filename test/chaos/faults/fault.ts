import { setTimeout as delay } from 'node:timers/promises';
import type { NemesisDeps } from '../campaign.ts';
import type { Random } from '../random.ts';

/**
 * Breaks something, and has mended it when it resolves. Throws `Skipped` where this machine cannot do it, and anything
 * else when something was seen during the fault that must not be.
 */
export type Fault = (deps: NemesisDeps) => Promise<void>;
export type Faults = Readonly<Record<string, Fault>>;

/** For so long, or until the run is stopped: then what is broken has to be mended at once. */
export async function pause(ms: number, { stopped }: { stopped: AbortSignal }): Promise<void> {
  await delay(ms, undefined, { signal: stopped }).catch(() => {});
}

export const away = (deps: { random: Random; stopped: AbortSignal }) =>
  pause(deps.random.pick([200, 1_500, 3_000, 6_000]), deps);
