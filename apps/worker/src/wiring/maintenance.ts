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
import type { WorkerConstants } from '../constants.ts';
import type { Stores } from './stores.ts';

export interface WorkerMaintenance {
  running: RunningAttempts;
  pauses: PauseWatch;
  refill: Maintenance['refill'];
  noteFetched: Maintenance['noteFetched'];
  noteRunEnded: Maintenance['noteRunEnded'];
}

/** Starts the renewal of the lease, the maintenance tasks and the watches of stops and pauses. */
export async function startWorkerMaintenance(
  settings: Config,
  { closers, log }: ProcessLife,
  { stores, worker, constants }: { stores: Stores; worker: string; constants: WorkerConstants },
): Promise<WorkerMaintenance> {
  const { postgres, producer, dispatcher, publisher, subscribeToStops } = stores;
  const { sql } = postgres;
  const running = createRunningAttempts();
  const pauses = await watchPauses({ sql, log });
  closers.add('pauses', () => pauses.stop());
  const window = createWindow({ sql, producer, log, pauses, size: settings.DISPATCH_WINDOW });
  closers.add('window', () => window.close());
  const pace = constants.maintenance;
  const lease = await renewLeaseRegularly(
    { sql, log, running },
    { worker, leaseMs: pace.leaseMs, renewEveryMs: pace.renewLeaseEveryMs },
  );
  closers.add('lease', () => lease.stop());
  const maintenance = startMaintenance(
    { sql, log, publish: publisher.publish, producer, dispatcher, window, pauses, running },
    { ...pace, worker, retentionDays: settings.RETENTION_DAYS },
  );
  closers.add('maintenance', () => maintenance.stop());
  if (constants.search.enabled) {
    const indexing = indexForSearch({ sql, log }, constants.search.indexEveryMs);
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
