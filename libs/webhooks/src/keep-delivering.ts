import { exhaustUnwanted, type Postgres, purgeDeliveries, purgeEndpoints, takeDueDeliveries } from '@turno/postgres';
import type { DeliveryQueue } from '@turno/queue';
import type { Log } from '@turno/runtime';

export interface KeepDeliveringDeps {
  sql: Postgres['sql'];
  queue: Pick<DeliveryQueue, 'send'>;
  /** How many deliveries wait in BullMQ. Rejects while Redis is away. */
  waiting: () => Promise<number>;
  log: Log;
}

/** After so many failures in a row an endpoint is paused, and given one delivery at a time. */
export const failuresMax = 5;

/** BullMQ holds no more than this; the rest waits in Postgres. */
const waitingMax = 1_000;
const rowsMax = 200;

export interface DispatchOptions {
  perEndpointMax: number;
  /** Without a claim for so long a hand-over is made again. */
  holdMs: number;
}

/**
 * Hands deliveries that are due to BullMQ, as long as it holds few. What is lost on the way, such as with Redis and all its
 * data, is due again a while later; nothing is taken while Redis is away.
 */
export async function dispatchDeliveries(deps: KeepDeliveringDeps, options: DispatchOptions): Promise<void> {
  const { sql, queue, waiting, log } = deps;
  for (let taken = rowsMax; taken === rowsMax;) {
    if ((await waiting()) >= waitingMax) return;
    const tickets = await takeDueDeliveries(sql, { ...options, rowsMax, failuresMax });
    taken = tickets.length;
    if (taken === 0) return;
    await queue.send(tickets).catch((error: unknown) => log.debug({ err: error }, 'not sent, due again later'));
  }
}

/** Ends what waits for endpoints that want nothing any more. */
export async function endUnwanted({ sql, log }: KeepDeliveringDeps): Promise<void> {
  for (let ended = rowsMax; ended === rowsMax;) {
    ended = await exhaustUnwanted(sql, rowsMax);
    if (ended > 0) log.info({ deliveries: ended }, 'deliveries to disabled endpoints ended');
  }
}

export async function purgeOldDeliveries({ sql }: KeepDeliveringDeps, retentionDays: number): Promise<void> {
  for (let erased = rowsMax; erased === rowsMax;) erased = await purgeDeliveries(sql, retentionDays, rowsMax);
  for (let erased = rowsMax; erased === rowsMax;) erased = await purgeEndpoints(sql, retentionDays, rowsMax);
}
