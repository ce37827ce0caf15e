import type { Fleet } from './fleet.ts';
import type { History } from './history.ts';
import type { Random } from './random.ts';
import type { Recovery, RecoveryDeps } from './recovery.ts';

export interface Injected extends Recovery {
  name: string;
}

/** A stretch of time with one thing going on, in milliseconds. */
export interface Phase {
  kind: 'calm' | 'misbehaviour';
  /** The fault before it, or the start. */
  after: string;
  from: number;
  to: number;
}

/** What the nemesis did. */
export interface Campaign {
  injected: Injected[];
  phases: Phase[];
}

export interface NemesisDeps extends RecoveryDeps {
  fleet: Fleet;
  history: History;
  random: Random;
  stopped: AbortSignal;
  /** Only these; empty: all. */
  only: readonly string[];
}
