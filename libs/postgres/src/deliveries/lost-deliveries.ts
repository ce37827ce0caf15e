import type { Fragment, Sql } from 'postgres';
import type { DeliveryTicket } from './delivery-outcome.ts';

/** The condition for a delivery that was handed over and not claimed. */
const unclaimed = (sql: Sql): Fragment => sql`in_flight AND claimed < ticket`;

/** Makes unclaimed deliveries of another epoch of Redis due again. Returns how many. */
export async function releaseOtherLives(sql: Sql, epoch: number): Promise<number> {
  const { count } = await sql`
    UPDATE deliveries SET in_flight = false, due_at = now() WHERE id IN (
      SELECT id FROM deliveries WHERE ${unclaimed(sql)} AND epoch <> ${epoch} FOR UPDATE SKIP LOCKED)`;
  return count;
}

export interface HandedOverOptions {
  /** The least time since the hand-over. */
  olderThanMs: number;
  /** As in `takeDueDeliveries`. */
  holdMs: number;
  rowsMax: number;
}

/** Lists tickets that were handed over at least `olderThanMs` ago and not claimed, the oldest first. */
export function listHandedOver(sql: Sql, options: HandedOverOptions): Promise<DeliveryTicket[]> {
  const { olderThanMs, holdMs, rowsMax } = options;
  return sql<DeliveryTicket[]>`
    SELECT id AS "deliveryId", ticket FROM deliveries
    WHERE ${unclaimed(sql)} AND due_at < now() + ${holdMs - olderThanMs}::float8 * interval '1 millisecond'
    ORDER BY due_at LIMIT ${rowsMax}`;
}

/**
 * Takes unclaimed hand-overs back: the deliveries are due again after `delayMs`, under a new ticket. Returns how many.
 */
export async function releaseDeliveries(
  sql: Sql,
  tickets: readonly DeliveryTicket[],
  delayMs: number,
): Promise<number> {
  const { count } = await sql`
    UPDATE deliveries SET in_flight = false, due_at = now() + ${delayMs}::float8 * interval '1 millisecond'
      WHERE id IN (
      SELECT d.id FROM deliveries d
        JOIN unnest(${tickets.map((one) => one.deliveryId)}::text[], ${tickets.map((one) => one.ticket)}::int[])
          AS t (id, given) ON t.id = d.id AND t.given = d.ticket
      WHERE ${unclaimed(sql)} FOR UPDATE OF d SKIP LOCKED)`;
  return count;
}
