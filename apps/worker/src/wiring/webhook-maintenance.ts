import { currentEpoch } from '@turno/jobs';
import { createDeliveryQueue, webhookQueue } from '@turno/queue';
import { type ProcessLife, repeat } from '@turno/runtime';
import {
  dispatchDeliveries,
  endUnwanted,
  redispatchLostDeliveries,
  type RedispatchDeliveriesDeps,
  createFollowUp,
  purgeOldDeliveries,
} from '@turno/webhooks';
import type { Config } from '../config.ts';
import type { Stores } from './stores.ts';

const unwantedEveryMs = 2_000;

/**
 * Finds what is due, what was lost, what nobody wants any more and what is too old, as long as this process lives. Returns what is to be
 * told of each endpoint that took something.
 */
export function startWebhookMaintenance(
  settings: Config,
  { closers, log }: ProcessLife,
  { postgres: { sql }, connection, producer }: Stores,
): (endpointId: string) => void {
  const queue = createDeliveryQueue(connection, log);
  closers.add('delivery queue', () => queue.close());
  const waiting = () => producer.waiting(webhookQueue);
  const missing: RedispatchDeliveriesDeps['missing'] = (tickets, fetchedMs) => {
    const named = tickets.map((one) => ({ ...one, jobId: one.deliveryId, queue: webhookQueue }));
    return producer.missing(named, fetchedMs);
  };
  const deps = { sql, queue, log, waiting, missing, epoch: () => currentEpoch({ sql, producer }) };
  const options = {
    perEndpointMax: settings.WEBHOOK_ENDPOINT_CONCURRENCY,
    holdMs: settings.WEBHOOK_LOST_AFTER_MS,
  };
  const sweeps = [
    repeat(log, { sweep: 'dispatch of webhooks', everyMs: settings.WEBHOOK_DISPATCH_EVERY_MS }, () =>
      dispatchDeliveries(deps, options),
    ),
    repeat(log, { sweep: 'heal of webhooks', everyMs: settings.REDISPATCH_EVERY_MS }, () =>
      redispatchLostDeliveries(deps, options),
    ),
    repeat(log, { sweep: 'end of unwanted webhooks', everyMs: unwantedEveryMs }, () => endUnwanted(deps)),
    repeat(log, { sweep: 'purge of webhooks', everyMs: settings.PURGE_EVERY_MS }, () =>
      purgeOldDeliveries(deps, settings.RETENTION_DAYS),
    ),
  ];
  closers.add('webhook sweeps', () => Promise.all(sweeps.map((sweep) => sweep.stop())));
  return createFollowUp(deps, options);
}
