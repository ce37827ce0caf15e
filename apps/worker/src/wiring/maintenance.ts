import {
  createRunningAttempts,
  createWindow,
  indexForSearch,
  renewLeaseRegularly,
  listenForStops,
  type PauseWatch,
  type RunningAttempts,
  startMaintenance,
  type Maintenance,
  watchPauses,
} from '@turno/jobs';
import type { ProcessLife } from '@turno/runtime';
import type { Config } from '../config.ts';
import type { Stores } from './stores.ts';

export interface WorkerMaintenance {
  running: RunningAttempts;
  pauses: PauseWatch;
  refill: Maintenance['refill'];
  noteFetched: Maintenance['noteFetched'];
  noteRunEnded: Maintenance['noteRunEnded'];
}

/** Starts the renewal of the lease, the maintenance tasks, and the subscriptions to stops and pauses. */
export async function startWorkerMaintenance(
  settings: Config,
  { closers, log }: ProcessLife,
  { stores, worker }: { stores: Stores; worker: string },
): Promise<WorkerMaintenance> {
  const { postgres, producer, dispatcher, publisher, subscribeToStops } = stores;
  const { sql } = postgres;
  const running = createRunningAttempts();
  const pauses = await watchPauses({ sql, log });
  closers.add('pauses', () => pauses.stop());
  const window = createWindow({ sql, producer, log, pauses, size: settings.DISPATCH_WINDOW });
  closers.add('window', () => window.close());
  const lease = await renewLeaseRegularly({ sql, log, running }, leaseOptions(settings, worker));
  closers.add('lease', () => lease.stop());
  const maintenance = startMaintenance(
    { sql, log, publish: publisher.publish, producer, dispatcher, window, pauses, running },
    maintenanceOptions(settings, worker),
  );
  closers.add('maintenance', () => maintenance.stop());
  if (settings.SEARCH) {
    const indexing = indexForSearch({ sql, log }, settings.SEARCH_EVERY_MS);
    closers.add('search', () => indexing.stop());
  }
  closers.add('stops', await listenForStops({ sql, running, log, subscribe: subscribeToStops }));
  return {
    running,
    pauses,
    refill: maintenance.refill,
    noteFetched: maintenance.noteFetched,
    noteRunEnded: maintenance.noteRunEnded,
  };
}

function leaseOptions(settings: Config, worker: string) {
  return { worker, leaseMs: settings.LEASE_MS, renewEveryMs: settings.LEASE_RENEW_EVERY_MS };
}

function maintenanceOptions(settings: Config, worker: string) {
  return {
    worker,
    refillEveryMs: settings.REFILL_EVERY_MS,
    releaseEveryMs: settings.RELEASE_EVERY_MS,
    promoteEveryMs: settings.PROMOTE_EVERY_MS,
    redispatchEveryMs: settings.REDISPATCH_EVERY_MS,
    lostAfterMs: settings.DISPATCH_LOST_AFTER_MS,
    reconcileEveryMs: settings.RECONCILE_EVERY_MS,
    reconcileAfterMs: settings.RECONCILE_AFTER_MS,
    rescueEveryMs: settings.RESCUE_EVERY_MS,
    leaseMs: settings.LEASE_MS,
    purgeEveryMs: settings.PURGE_EVERY_MS,
    retentionDays: settings.RETENTION_DAYS,
    idempotencyHours: settings.IDEMPOTENCY_HOURS,
    rowsMax: settings.MAINTENANCE_ROWS_MAX,
    reconcileRowsMax: settings.RECONCILE_ROWS_MAX,
    purgeRowsMax: settings.PURGE_ROWS_MAX,
  };
}
