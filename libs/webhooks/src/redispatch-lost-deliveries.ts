import { type DeliveryTicket, listHandedOver, releaseDeliveries, releaseOtherLives } from '@turno/postgres';
import type { DispatchDeliveriesDeps, DispatchOptions } from './dispatch-due-deliveries.ts';

export interface RedispatchDeliveriesDeps extends Pick<DispatchDeliveriesDeps, 'sql' | 'epoch' | 'log'> {
  /** Returns the unclaimed tickets that BullMQ lacks, or gave to a worker more than `fetchedMs` ago. */
  findMissing: (tickets: readonly DeliveryTicket[], fetchedMs: number) => Promise<DeliveryTicket[]>;
}

/** The age from which a dispatched delivery is compared with BullMQ. */
const reconcileAfterMs = 3_000;
/** More than BullMQ ever has at a time. */
const rowsMax = 2_000;

/**
 * Finds deliveries that Redis lost and makes them due again.
 * These are all of an earlier epoch, and those that Redis lost one by one, as a promoted replica does; BullMQ knows
 * which. A delivery that a worker has claimed is left alone, so nothing is sent twice for it.
 */
export async function redispatchLostDeliveries(
  { sql, epoch, findMissing, log }: RedispatchDeliveriesDeps,
  { holdMs }: Pick<DispatchOptions, 'holdMs'>,
): Promise<void> {
  const emptied = await releaseOtherLives(sql, await epoch());
  const dispatched = await listHandedOver(sql, { olderThanMs: reconcileAfterMs, holdMs, rowsMax });
  const missing = await findMissing(dispatched, reconcileAfterMs);
  const lost = missing.length === 0 ? 0 : await releaseDeliveries(sql, missing, 0);
  if (emptied + lost > 0) log.warn({ deliveries: emptied + lost }, 'Redis lost deliveries; they are dispatched again');
}
