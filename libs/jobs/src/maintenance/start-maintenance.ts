import { queueNames } from '@turno/contract';
import { analyzeGrownTables } from '@turno/postgres';
import type { Producer } from '@turno/queue';
import { repeat } from '@turno/runtime';
import type { Dispatcher } from '../dispatch/dispatch-job.ts';
import { currentEpoch, redispatchLostTickets, reconcileDispatches } from './redispatch-lost-tickets.ts';
import { createBlockedJobs } from '../dispatch/release-blocked-jobs.ts';
import type { PackTickets } from '../dispatch/pack-tickets.ts';
import { createRefill } from '../dispatch/refill-window.ts';
import {
  clearDeleted,
  createOrphanRequeue,
  expireDue,
  promoteDue,
  purgeOld,
  purgeOldKeys,
  rescueLost,
  type MaintenanceDeps,
} from './maintenance-tasks.ts';
import type { MaintenanceConstants } from './maintenance-constants.ts';
import { type DueWorkWatch, repeatWhenDue } from '../dispatch/due-work.ts';
import type { RunningAttempts } from '../run/running-attempts.ts';
import type { Window } from '../dispatch/window.ts';

/**
 * The pace of the tasks, and the worker that runs them. Every worker runs every task; rows are locked with SKIP LOCKED.
 */
export interface MaintenanceOptions extends MaintenanceConstants {
  /** The name of this worker process, which its lease carries. */
  worker: string;
  retentionDays: number;
}

export interface StartMaintenanceDeps extends MaintenanceDeps {
  producer: Producer;
  dispatcher: Dispatcher;
  window: Window;
  dueWork: DueWorkWatch;
  running: Pick<RunningAttempts, 'openClaims'>;
  /** Returns the packs of the jobs of one take. Left out: each ticket travels alone. */
  packTickets?: PackTickets;
}

export interface Maintenance {
  /** Refills this queue's window now, since a job joined its backlog. */
  refill(queue: string): void;
  /** Records that this process fetched tickets, and refills if the window is low. */
  noteFetched(queue: string, tickets: number): void;
  /** Reports that a run of a tenant with a limit of runs ended: its next blocked job is released. */
  noteRunEnded(tenantId: string): void;
  stop(): Promise<void>;
}

/** Starts all maintenance tasks of jobs. The returned functions run some of them before their time. */
export function startMaintenance(deps: StartMaintenanceDeps, options: MaintenanceOptions): Maintenance {
  const { sql, dispatcher, window, dueWork, log } = deps;
  const { rowsMax } = options;
  const hasBacklog = () => queueNames.some((queue) => dueWork.hasBacklog(queue));
  const refillWindow = createRefill({ ...deps, pauses: dueWork }, rowsMax);
  const refill = repeat(
    log,
    { task: 'refill-window', everyMs: options.refillEveryMs, isDue: hasBacklog },
    refillWindow,
  );
  dueWork.onBacklog(() => refill.soon());
  const blocked = createBlockedJobs({ sql, dispatcher, window, pauses: dueWork, log });
  const release = repeatWhenDue(
    deps,
    { due: 'release', task: 'release-blocked-jobs', everyMs: options.releaseEveryMs },
    () => blocked.checkNextTenants(),
  );
  const onBacklog = (count: number) => {
    if (count === 0) return;
    for (const queue of queueNames) dueWork.noteBacklog(queue);
    release.soon();
  };
  const requeueOrphanedClaims = createOrphanRequeue(deps, deps.running.openClaims, options);
  const tasks = [
    refill,
    release,
    repeatWhenDue(deps, { due: 'promote', task: 'promote-due-jobs', everyMs: options.promoteEveryMs }, async () => {
      onBacklog(await promoteDue(deps, rowsMax));
      await expireDue(deps, rowsMax);
    }),
    repeat(log, { task: 'redispatch-lost-tickets', everyMs: options.redispatchEveryMs }, async () => {
      if (dueWork.isDue('redispatch')) onBacklog(await redispatchLostTickets(deps, options.lostAfterMs, rowsMax));
      else await currentEpoch(deps); // a Redis that was emptied gets its number before the next ticket
    }),
    repeat(log, { task: 'reconcile-dispatches', everyMs: options.reconcileEveryMs }, async () =>
      onBacklog(await reconcileDispatches(deps, options.reconcileAfterMs, options.reconcileRowsMax)),
    ),
    repeat(log, { task: 'rescue-lost-jobs', everyMs: options.rescueEveryMs }, async () =>
      onBacklog((await rescueLost(deps, options)) + (await requeueOrphanedClaims())),
    ),
    repeatWhenDue(
      deps,
      { due: 'clear', task: 'clear-deleted-tenants', everyMs: options.clearEveryMs },
      async () => void (await clearDeleted(deps, options.rowsMax)),
    ),
    // Each new job has words to index, so no table grows while that is not due.
    repeatWhenDue(deps, { due: 'index', task: 'analyze-grown-tables', everyMs: options.analyzeEveryMs }, async () => {
      const tables = await analyzeGrownTables(sql);
      if (tables.length > 0) log.debug({ tables }, 'grown tables were analyzed');
    }),
    repeat(log, { task: 'purge-old-jobs', everyMs: options.purgeEveryMs }, async () => {
      await purgeOld(deps, options.retentionDays, options.purgeRowsMax);
      await purgeOldKeys(deps, options.idempotencyHours, options.purgeRowsMax);
    }),
  ];
  return {
    refill: (queue) => dueWork.noteBacklog(queue),
    noteFetched(queue, tickets) {
      window.noteFetched(queue, tickets);
      if (window.isLow(queue)) refill.soon();
    },
    noteRunEnded: (tenantId) => blocked.noteRunEnded(tenantId),
    stop: async () => void (await Promise.all([blocked.close(), ...tasks.map((task) => task.stop())])),
  };
}
