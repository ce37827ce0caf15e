import type { Fleet } from './fleet.ts';
import type { History } from './history.ts';
import type { Phase } from './latency.ts';
import type { Random } from './random.ts';
import type { WebhookReceiver } from './webhook-receiver.ts';
import type { Recovery, RecoveryDeps } from './recovery.ts';

export interface Injected extends Recovery {
  name: string;
}

/** What the nemesis did. */
export interface Campaign {
  injected: Injected[];
  phases: Phase[];
  /** What was seen during faults that must not be. */
  complaints: string[];
}

export interface NemesisDeps extends RecoveryDeps {
  fleet: Fleet;
  hooks: WebhookReceiver;
  history: History;
  random: Random;
  stopped: AbortSignal;
  /** The faults to choose from. */
  names: readonly string[];
}
