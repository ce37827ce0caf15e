import { currentEpoch } from '@turno/jobs';
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
    queue,
    constants,
  }: { stores: Stores; queue: DeliveryQueue; constants: WorkerConstants },
): (endpointId: string) => void {
  const { sql } = postgres;
  const { deliveries, maintenance } = constants;
  const findMissing: RedispatchDeliveriesDeps['findMissing'] = (tickets, fetchedMs) => {
    const named = tickets.map((one) => ({ ...one, jobId: one.deliveryId, queue: webhookQueue }));
    return producer.findMissing(named, fetchedMs);
  };
  const deps = { sql, queue, log, waiting: queue.waiting, findMissing, epoch: () => currentEpoch({ sql, producer }) };
  const options = { perEndpointMax: deliveries.perEndpointMax, holdMs: deliveries.lostAfterMs };
  const tasks = [
    repeat(log, { task: 'dispatch-due-deliveries', everyMs: deliveries.dispatchEveryMs }, () =>
      dispatchDueDeliveries(deps, options),
    ),
    repeat(log, { task: 'redispatch-lost-deliveries', everyMs: maintenance.redispatchEveryMs }, () =>
      redispatchLostDeliveries(deps, options),
    ),
    repeat(log, { task: 'exhaust-unwanted-deliveries', everyMs: unwantedEveryMs }, () =>
      exhaustUnwantedDeliveries(deps),
    ),
    repeat(log, { task: 'purge-old-deliveries', everyMs: maintenance.purgeEveryMs }, () =>
      purgeOldDeliveries(deps, settings.RETENTION_DAYS),
    ),
  ];
  closers.add('webhook maintenance', () => Promise.all(tasks.map((task) => task.stop())));
  return createDispatchNext(deps, options);
}
