import { currentEpoch, type DueWorkWatch, repeatWhenDue } from '@turno/jobs';
import { type DeliveryQueue, webhookQueue } from '@turno/queue';
import { type ProcessLife, repeat } from '@turno/runtime';
import {
  dispatchDueDeliveries,
  exhaustUnwantedDeliveries,
  redispatchLostDeliveries,
  type RedispatchDeliveriesDeps,
  createDispatchNext,
  purgeOldDeliveries,
} from '@turno/webhooks';
import type { Config } from '../config.ts';
import type { WorkerConstants } from '../constants.ts';
import type { Stores } from './stores.ts';

const unwantedEveryMs = 2_000;

/**
 * Starts the maintenance tasks of deliveries: due, lost, unwanted and old ones.
 * Returns the function to call with each endpoint that accepted a delivery: it dispatches the next ones of that
 * endpoint at once.
 */
export function startWebhookMaintenance(
  settings: Config,
  { closers, log }: ProcessLife,
  {
    stores: { postgres, producer },
    dueWork,
    queue,
    constants,
  }: { stores: Stores; dueWork: DueWorkWatch; queue: DeliveryQueue; constants: WorkerConstants },
): (endpointId: string) => void {
  const { sql } = postgres;
  const { deliveries, maintenance } = constants;
  const findMissing: RedispatchDeliveriesDeps['findMissing'] = (tickets, fetchedMs) => {
    const named = tickets.map((one) => ({ ...one, jobId: one.deliveryId, queue: webhookQueue }));
    return producer.findMissing(named, fetchedMs);
  };
  const deps = { sql, queue, log, waiting: queue.waiting, findMissing, epoch: () => currentEpoch({ sql, producer }) };
  const options = { perEndpointMax: deliveries.perEndpointMax, holdMs: deliveries.lostAfterMs };
  const whileSomeWait = (task: string, everyMs: number, work: () => Promise<void>) =>
    repeatWhenDue({ dueWork, log }, { due: 'deliveries', task, everyMs }, work);
  const tasks = [
    whileSomeWait('dispatch-due-deliveries', deliveries.dispatchEveryMs, () => dispatchDueDeliveries(deps, options)),
    whileSomeWait('redispatch-lost-deliveries', maintenance.redispatchEveryMs, () =>
      redispatchLostDeliveries(deps, options),
    ),
    whileSomeWait('exhaust-unwanted-deliveries', unwantedEveryMs, () => exhaustUnwantedDeliveries(deps)),
    repeat(log, { task: 'purge-old-deliveries', everyMs: maintenance.purgeEveryMs }, () =>
      purgeOldDeliveries(deps, settings.RETENTION_DAYS),
    ),
  ];
  closers.add('webhook maintenance', () => Promise.all(tasks.map((task) => task.stop())));
  return createDispatchNext(deps, options);
}
