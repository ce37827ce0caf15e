import { type DeliveryTicket, listHandedOver, releaseDeliveries, releaseOtherLives } from '@turno/postgres';
import type { DispatchOptions, DispatchDeliveriesDeps } from './dispatch-due-deliveries.ts';

export interface RedispatchDeliveriesDeps extends Pick<DispatchDeliveriesDeps, 'sql' | 'epoch' | 'log'> {
  /** Which of these unclaimed tickets nobody will claim: BullMQ does not hold them, or gave them away `fetchedMs` ago. */
  missing: (tickets: readonly DeliveryTicket[], fetchedMs: number) => Promise<DeliveryTicket[]>;
}

/** BullMQ is asked about what it has had for this long, and so is what a worker fetched and never claimed. */
const askAfterMs = 3_000;
/** More than BullMQ is ever given at a time. */
const rowsMax = 2_000;

/**
 * Finds deliveries that Redis lost and makes them due again: all that were handed over in an earlier life of it, and those that it lost one
 * by one, as a promoted replica does, by asking BullMQ. What somebody has begun to send is left alone, so nothing is sent twice for it.
 */
export async function redispatchLostDeliveries(
  { sql, epoch, missing, log }: RedispatchDeliveriesDeps,
  { holdMs }: Pick<DispatchOptions, 'holdMs'>,
): Promise<void> {
  const emptied = await releaseOtherLives(sql, await epoch());
  const asked = await listHandedOver(sql, { olderThanMs: askAfterMs, holdMs, rowsMax });
  const gone = await missing(asked, askAfterMs);
  const lost = gone.length === 0 ? 0 : await releaseDeliveries(sql, gone, 0);
  if (emptied + lost > 0) log.warn({ deliveries: emptied + lost }, 'Redis lost deliveries, they are handed over again');
}
