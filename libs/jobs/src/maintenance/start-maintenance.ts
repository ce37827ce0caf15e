import { queueNames } from '@turno/contract';
import type { Producer } from '@turno/queue';
import { repeat } from '@turno/runtime';
import type { Dispatcher } from '../dispatch/dispatch-job.ts';
import { redispatchLostTickets, reconcileDispatches } from './redispatch-lost-tickets.ts';
import { createBlockedJobs } from '../dispatch/release-blocked-jobs.ts';
import { createRefill } from '../dispatch/refill-window.ts';
import {
  createOrphanRequeue,
  expireDue,
  promoteDue,
  purgeOld,
  purgeOldKeys,
  rescueLost,
  type MaintenanceDeps,
} from './maintenance-tasks.ts';
import type { PauseWatch } from '../dispatch/watch-pauses.ts';
import type { RunningAttempts } from '../run/running-attempts.ts';
import type { Window } from '../dispatch/window.ts';

/** How often, how old and how much. Every worker runs every sweep; rows are taken with SKIP LOCKED. */
export interface MaintenanceOptions {
  refillEveryMs: number;
  /** For jobs that wait until their tenant may run one more. */
  releaseEveryMs: number;
  promoteEveryMs: number;
  redispatchEveryMs: number;
  /** A dispatch that was not confirmed for this long is made again. */
  lostAfterMs: number;
  reconcileEveryMs: number;
  /** BullMQ is asked about tickets that it has had for this long. */
  reconcileAfterMs: number;
  rescueEveryMs: number;
  /** The name of this worker process, which holds its lease. */
  worker: string;
  leaseMs: number;
  purgeEveryMs: number;
  retentionDays: number;
  idempotencyHours: number;
  /** Rows a statement, but for the two below. */
  rowsMax: number;
  /** Tickets that BullMQ is asked about by one script. */
  reconcileRowsMax: number;
  purgeRowsMax: number;
}

export interface StartMaintenanceDeps extends MaintenanceDeps {
  producer: Producer;
  dispatcher: Dispatcher;
  window: Window;
  pauses: PauseWatch;
  running: Pick<RunningAttempts, 'openClaims'>;
}

export interface Maintenance {
  /** Something joined the backlog: look now. */
  refill(queue: string): void;
  /** A ticket was fetched here. */
  fetched(queue: string): void;
  /** A run of this tenant, which may run only so many at once, ended. */
  noteRunEnded(tenantId: string): void;
  stop(): Promise<void>;
}

export function startMaintenance(deps: StartMaintenanceDeps, options: MaintenanceOptions): Maintenance {
  const { log, window } = deps;
  const { rowsMax } = options;
  const refill = repeat(log, { task: 'refill-window', everyMs: options.refillEveryMs }, createRefill(deps, rowsMax));
  const refillSoon = (queue: string) => {
    window.noteBacklog(queue);
    refill.soon();
  };
  const blocked = createBlockedJobs({ ...deps, onBacklog: refillSoon });
  const release = repeat(log, { task: 'release-blocked-jobs', everyMs: options.releaseEveryMs }, () =>
    blocked.askForAll(),
  );
  const found = (count: number) => {
    if (count === 0) return;
    for (const queue of queueNames) window.noteBacklog(queue);
    refill.soon();
    release.soon();
  };
  const requeueOrphanedClaims = createOrphanRequeue(deps, deps.running.openClaims, options);
  const all = [
    refill,
    release,
    repeat(log, { task: 'promote-due-jobs', everyMs: options.promoteEveryMs }, async () => {
      found(await promoteDue(deps, rowsMax));
      await expireDue(deps, rowsMax);
    }),
    repeat(log, { task: 'redispatch-lost-tickets', everyMs: options.redispatchEveryMs }, async () =>
      found(await redispatchLostTickets(deps, options.lostAfterMs, rowsMax)),
    ),
    repeat(log, { task: 'reconcile-dispatches', everyMs: options.reconcileEveryMs }, async () =>
      found(await reconcileDispatches(deps, options.reconcileAfterMs, options.reconcileRowsMax)),
    ),
    repeat(log, { task: 'rescue-lost-jobs', everyMs: options.rescueEveryMs }, async () =>
      found((await rescueLost(deps, options)) + (await requeueOrphanedClaims())),
    ),
    repeat(log, { task: 'purge-old-jobs', everyMs: options.purgeEveryMs }, async () => {
      await purgeOld(deps, options.retentionDays, options.purgeRowsMax);
      await purgeOldKeys(deps, options.idempotencyHours, options.purgeRowsMax);
    }),
  ];
  return {
    refill: refillSoon,
    fetched(queue) {
      window.fetched(queue);
      if (window.isLow(queue)) refill.soon();
    },
    noteRunEnded: (tenantId) => blocked.noteRunEnded(tenantId),
    stop: async () => void (await Promise.all([blocked.close(), ...all.map((one) => one.stop())])),
  };
}
