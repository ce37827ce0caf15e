import type { Sql } from 'postgres';
import { waitingEndpoints } from './waiting-endpoints.ts';

/** A delivery to hand to a worker through BullMQ. */
export interface DeliveryTicket {
  deliveryId: string;
  ticket: number;
}

export interface TakeDeliveriesOptions {
  rowsMax: number;
  /** The most concurrent deliveries of one endpoint, in all processes together. */
  perEndpointMax: number;
  /** Endpoints with this many consecutive failures get one delivery at a time. */
  failuresMax: number;
  /** The epoch of Redis, as known before the hand-over. */
  epoch: number;
  /** A hand-over without a claim for so long counts as lost: Redis was emptied, or the worker is gone. */
  holdMs: number;
  /** Only deliveries of these endpoints. */
  endpointIds?: readonly string[] | undefined;
}

/**
 * Takes due deliveries, each under a new ticket: in fair share between endpoints, none of a paused endpoint, and no
 * more of each than it has capacity for, so that a slow or dead receiver uses few slots. Each delivery is due again
 * after `holdMs`, which redispatches the lost ones. The cost depends on the number of endpoints with waiting
 * deliveries, not on the number of deliveries.
 */
export function takeDueDeliveries(sql: Sql, options: TakeDeliveriesOptions): Promise<DeliveryTicket[]> {
  const { rowsMax, perEndpointMax, failuresMax, epoch, holdMs, endpointIds } = options;
  const waiting =
    endpointIds === undefined
      ? waitingEndpoints(sql)
      : sql`waiting AS (SELECT unnest(${[...endpointIds]}::text[]) AS endpoint_id)`;
  return sql<DeliveryTicket[]>`
    WITH RECURSIVE ${waiting}, open AS (
      SELECT e.id, CASE WHEN e.failures >= ${failuresMax} THEN 1 ELSE ${perEndpointMax}::int END - (
        SELECT count(*) FROM deliveries f WHERE f.endpoint_id = e.id AND f.in_flight AND f.due_at > now()) AS capacity
      FROM waiting w JOIN endpoints e ON e.id = w.endpoint_id
      WHERE e.disabled_at IS NULL AND (e.paused_until IS NULL OR e.paused_until <= now())
    ), chosen AS (
      SELECT d.id, row_number() OVER (PARTITION BY o.id ORDER BY d.due_at) AS share
      FROM open o, LATERAL (
        SELECT id, due_at FROM deliveries WHERE endpoint_id = o.id AND due_at <= now()
        ORDER BY due_at LIMIT greatest(0, o.capacity)
      ) AS d
    ), locked AS (
      SELECT id FROM deliveries
      WHERE id = ANY (ARRAY(SELECT id FROM chosen ORDER BY share LIMIT ${rowsMax})) AND due_at <= now()
      FOR UPDATE SKIP LOCKED
    )
    UPDATE deliveries d SET ticket = d.ticket + 1, in_flight = true, epoch = ${epoch},
      due_at = now() + ${holdMs}::float8 * interval '1 millisecond'
    FROM (SELECT set_config('synchronous_commit', 'off', true)) AS unsynced, locked WHERE d.id = locked.id
    RETURNING d.id AS "deliveryId", d.ticket`;
}

/**
 * Exhausts the waiting deliveries of disabled and deleted endpoints. A delivery whose try is in progress is skipped:
 * the try ends it. Returns how many, at most `rowsMax`.
 */
export async function exhaustUnwanted(sql: Sql, rowsMax: number): Promise<number> {
  const rows = await sql`
    UPDATE deliveries d SET state = 'exhausted', reason = chosen.reason, in_flight = false, due_at = NULL,
      finished_at = now(),
      ticket = d.ticket + 1
    FROM (
      SELECT w.id, coalesce(e.disabled_reason, 'disabled') AS reason
      FROM endpoints e, LATERAL (
        SELECT id FROM deliveries
        WHERE endpoint_id = e.id AND due_at IS NOT NULL AND NOT (in_flight AND claimed = ticket AND due_at > now())
        LIMIT ${rowsMax}
      ) AS w
      WHERE e.disabled_at IS NOT NULL LIMIT ${rowsMax}
    ) AS chosen
    WHERE d.id = chosen.id AND d.state = 'pending'
    RETURNING d.id`;
  return rows.length;
}
