import { setTimeout as delay } from 'node:timers/promises';
import type { NemesisDeps } from './campaign.ts';
import type { Random } from './random.ts';

/**
 * Breaks something, and has mended it when it resolves. Throws `Skipped` where this machine cannot do it, and anything else
 * when something was seen during the fault that must not be.
 */
export type Fault = (deps: NemesisDeps) => Promise<void>;
export type Faults = Readonly<Record<string, Fault>>;

export const away = (random: Random) => delay(random.pick([200, 1_500, 3_000, 6_000]));
