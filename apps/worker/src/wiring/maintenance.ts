import {
  applyWorkNotice,
  createPackTickets,
  createRunningAttempts,
  createRunTimes,
  createWindow,
  type DueWorkWatch,
  indexForSearch,
  renewLeaseRegularly,
  listenForStops,
  type RunningAttempts,
  type RunTimes,
  startMaintenance,
  type Maintenance,
  type Publish,
  type PublishFinished,
  watchDueWork,
} from '@turno/jobs';
import type { ProcessLife } from '@turno/runtime';
import type { Config } from '../config.ts';
import type { WorkerConstants } from '../constants.ts';
import { queueSlotsOf } from './queue-slots.ts';
import type { Stores } from './stores.ts';

export interface WorkerMaintenance {
  running: RunningAttempts;
  dueWork: DueWorkWatch;
  /** Publishes a change, and dispatches the deliveries that it wrote. */
  publish: Publish;
  publishFinished: PublishFinished;
  runTimes: RunTimes;
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
  const { postgres, producer, dispatcher, publisher, subscribe } = stores;
  const { sql } = postgres;
  const running = createRunningAttempts();
  const dueWork = await watchDueWork({ sql, log });
  closers.add('due work', () => dueWork.stop());
  subscribe('work', (notice) => applyWorkNotice(dueWork, notice));
  const window = createWindow({ producer, log, dueWork, size: settings.DISPATCH_WINDOW });
  closers.add('window', () => window.close());
  const dispatchDeliveriesOf = ({ hasDeliveries = false }: Parameters<Publish>[0]) => {
    if (hasDeliveries) dueWork.note('deliveries');
  };
  const publish: Publish = (job) => {
    publisher.publish(job);
    dispatchDeliveriesOf(job);
  };
  const publishFinished: PublishFinished = (job) => {
    publisher.publishFinished(job);
    dispatchDeliveriesOf(job);
  };
  const pace = constants.maintenance;
  const lease = await renewLeaseRegularly(
    { sql, log, running },
    {
      worker,
      leaseMs: pace.leaseMs,
      renewEveryMs: pace.renewLeaseEveryMs,
      lostClaimsEveryMs: pace.lostClaimsEveryMs,
    },
  );
  closers.add('lease', () => lease.stop());
  const runTimes = createRunTimes(constants.packs);
  const slots: Partial<Record<string, number>> = queueSlotsOf(settings);
  const packTickets = createPackTickets({
    runTimes,
    slotsOf: (queue) => slots[queue] ?? 0,
    ticketsMax: constants.packs.ticketsMax,
  });
  const maintenance = startMaintenance(
    { sql, log, publish, producer, dispatcher, window, dueWork, running, packTickets },
    { ...pace, worker, retentionDays: settings.RETENTION_DAYS },
  );
  closers.add('maintenance', () => maintenance.stop());
  if (constants.search.enabled) {
    const indexing = indexForSearch({ sql, log, dueWork }, constants.search.indexEveryMs);
    closers.add('search', () => indexing.stop());
  }
  closers.add(
    'stops',
    await listenForStops({ sql, running, log, subscribe: (onNotice) => subscribe('stop', onNotice) }),
  );
  return {
    running,
    dueWork,
    publish,
    publishFinished,
    runTimes,
    refill: maintenance.refill,
    noteFetched: maintenance.noteFetched,
    noteRunEnded: maintenance.noteRunEnded,
  };
}
