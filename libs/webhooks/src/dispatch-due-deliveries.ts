import {
  exhaustUnwanted,
  forgetOldSecrets,
  type Postgres,
  purgeDeliveries,
  purgeEndpoints,
  releaseDeliveries,
  restoreOneOffs,
  takeDueDeliveries,
} from '@turno/postgres';
import type { DeliveryQueue } from '@turno/queue';
import type { Log } from '@turno/runtime';

export interface DispatchDeliveriesDeps {
  sql: Postgres['sql'];
  queue: Pick<DeliveryQueue, 'send'>;
  /** How many deliveries wait in BullMQ. Rejects while Redis is away. */
  waiting: () => Promise<number>;
  /** The number of this life of Redis, given to it when it has none. Rejects while Redis is away. */
  epoch: () => Promise<number>;
  log: Log;
}

/** After so many failures in a row an endpoint is paused, and given one delivery at a time. */
export const failuresMax = 5;

/** BullMQ holds no more than this; the rest waits in Postgres. */
const waitingMax = 1_000;
const rowsMax = 200;

/** Until a hand-over that Redis did not take is tried again. */
const unsentMs = 1_000;

export interface DispatchOptions {
  perEndpointMax: number;
  /** Without a claim for so long a hand-over is made again, whatever became of it. */
  holdMs: number;
  /** Only what these wait for. */
  endpointIds?: readonly string[];
}

/**
 * Hands deliveries that are due to BullMQ, as long as it holds few, each with the number of this life of Redis. Nothing is taken while
 * Redis is away.
 */
export async function dispatchDeliveries(deps: DispatchDeliveriesDeps, options: DispatchOptions): Promise<void> {
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
      log.debug({ err: error }, 'not sent, due again soon');
      await releaseDeliveries(sql, tickets, unsentMs);
      return;
    }
  }
}

/** Ends what waits for endpoints that want nothing any more; what waits for a forgotten origin gets it back. */
export async function endUnwanted({ sql, log }: DispatchDeliveriesDeps): Promise<void> {
  await restoreOneOffs(sql);
  for (let ended = rowsMax; ended === rowsMax;) {
    ended = await exhaustUnwanted(sql, rowsMax);
    if (ended > 0) log.info({ deliveries: ended }, 'deliveries to disabled endpoints ended');
  }
}

/** Erases what is too old: deliveries, endpoints, and secrets that were replaced. */
export async function purgeOldDeliveries({ sql }: DispatchDeliveriesDeps, retentionDays: number): Promise<void> {
  await forgetOldSecrets(sql);
  for (let erased = rowsMax; erased === rowsMax;) erased = await purgeDeliveries(sql, retentionDays, rowsMax);
  for (let erased = rowsMax; erased === rowsMax;) erased = await purgeEndpoints(sql, retentionDays, rowsMax);
}
