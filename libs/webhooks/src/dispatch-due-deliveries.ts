import {
  exhaustUnwanted,
  forgetOldSecrets,
  type Postgres,
  purgeDeliveries,
  purgeEndpoints,
  purgeFailingAddresses,
  releaseDeliveries,
  restoreOneOffs,
  takeDueDeliveries,
} from '@turno/postgres';
import type { DeliveryQueue } from '@turno/queue';
import type { Log } from '@turno/runtime';

export interface DispatchDeliveriesDeps {
  sql: Postgres['sql'];
  queue: Pick<DeliveryQueue, 'send'>;
  /** Returns the number of deliveries that wait in BullMQ. Rejects while Redis is away. */
  waiting: () => Promise<number>;
  /** Returns the epoch of Redis, and gives it one if it has none. Rejects while Redis is away. */
  epoch: () => Promise<number>;
  log: Log;
}

/** After this many failures in a row an endpoint is paused, and then gets one delivery at a time. */
export const failuresMax = 5;

/** The most deliveries in BullMQ. All others wait in Postgres. */
const waitingMax = 1_000;
const rowsMax = 200;
/** An address that nothing was sent to for so long may be tried like a new one. */
const failingDays = 1;

/** The delay before deliveries that Redis did not take are due again. */
const unsentMs = 1_000;

export interface DispatchOptions {
  perEndpointMax: number;
  /** A dispatched delivery without a claim is due again after this time. */
  holdMs: number;
  /** Dispatches only deliveries of these endpoints. */
  endpointIds?: readonly string[];
}

/**
 * Sends due deliveries to BullMQ while it has few, each with the epoch of Redis.
 * Takes none while Redis is away.
 */
export async function dispatchDueDeliveries(deps: DispatchDeliveriesDeps, options: DispatchOptions): Promise<void> {
  const { sql, queue, waiting, log } = deps;
  for (let taken = rowsMax; taken === rowsMax;) {
    if ((await waiting()) >= waitingMax) return;
    const epoch = await deps.epoch();
    const tickets = await takeDueDeliveries(sql, { ...options, epoch, rowsMax, failuresMax });
    taken = tickets.length;
    if (taken === 0) return;
    try {
      await queue.send(tickets);
    } catch (error) {
      log.debug({ err: error, deliveries: taken }, `deliveries were not dispatched; due again in ${unsentMs} ms`);
      await releaseDeliveries(sql, tickets, unsentMs);
      return;
    }
  }
}

/** Ends deliveries to disabled endpoints and restores purged one-off endpoints that are still in use. */
export async function exhaustUnwantedDeliveries({ sql, log }: DispatchDeliveriesDeps): Promise<void> {
  await restoreOneOffs(sql);
  for (let ended = rowsMax; ended === rowsMax;) {
    ended = await exhaustUnwanted(sql, rowsMax);
    if (ended > 0) log.info({ deliveries: ended }, 'deliveries to disabled endpoints ended as exhausted');
  }
}

/** Erases deliveries and endpoints beyond the retention, and secrets that were replaced. */
export async function purgeOldDeliveries({ sql }: DispatchDeliveriesDeps, retentionDays: number): Promise<void> {
  await forgetOldSecrets(sql);
  for (let erased = rowsMax; erased === rowsMax;) erased = await purgeDeliveries(sql, retentionDays, rowsMax);
  for (let erased = rowsMax; erased === rowsMax;) erased = await purgeEndpoints(sql, retentionDays, rowsMax);
  for (let erased = rowsMax; erased === rowsMax;) erased = await purgeFailingAddresses(sql, failingDays, rowsMax);
}
