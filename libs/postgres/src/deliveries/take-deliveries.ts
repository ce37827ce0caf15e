import type { Sql } from 'postgres';
import { waitingEndpoints } from './waiting-endpoints.ts';

/** A delivery that BullMQ has to carry to a worker. */
export interface DeliveryTicket {
  deliveryId: string;
  ticket: number;
}

export interface TakeDeliveriesOptions {
  rowsMax: number;
  /** Of one endpoint under way at a time, in all processes together. */
  perEndpointMax: number;
  /** Endpoints with this many failures in a row get one at a time. */
  failuresMax: number;
  /** The life of Redis that they go to, as known before they are sent. */
  epoch: number;
  /** Without a claim for so long the hand-over counts as lost: Redis was emptied, or whoever had it is gone. */
  holdMs: number;
  /** Only for these. */
  endpointIds?: readonly string[] | undefined;
}

/**
 * Takes deliveries that are due, under a new ticket each: in turns between endpoints, none of one that is paused, and of each
 * only as many as it has room for, so that a slow or dead receiver takes few places. Each is due again after `holdMs`, which
 * brings back whatever was lost on the way.
 *
 * Its cost depends on how many endpoints have something waiting, not on how much waits.
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
        SELECT count(*) FROM deliveries f WHERE f.endpoint_id = e.id AND f.in_flight AND f.due_at > now()) AS room
      FROM waiting w JOIN endpoints e ON e.id = w.endpoint_id
      WHERE e.disabled_at IS NULL AND (e.paused_until IS NULL OR e.paused_until <= now())
    ), chosen AS (
      SELECT d.id, row_number() OVER (PARTITION BY o.id ORDER BY d.due_at) AS turn
      FROM open o, LATERAL (
        SELECT id, due_at FROM deliveries WHERE endpoint_id = o.id AND due_at <= now()
        ORDER BY due_at LIMIT greatest(0, o.room)
      ) AS d
    ), locked AS (
      SELECT id FROM deliveries
      WHERE id = ANY (ARRAY(SELECT id FROM chosen ORDER BY turn LIMIT ${rowsMax})) AND due_at <= now()
      FOR UPDATE SKIP LOCKED
    )
    UPDATE deliveries d SET ticket = d.ticket + 1, in_flight = true, epoch = ${epoch},
      due_at = now() + ${holdMs}::float8 * interval '1 millisecond'
    FROM (SELECT set_config('synchronous_commit', 'off', true)) AS unsynced, locked WHERE d.id = locked.id
    RETURNING d.id AS "deliveryId", d.ticket`;
}

/**
 * Ends what waits for endpoints that are disabled or deleted, but for what is being sent to them, which ends as it ends. Returns how many,
 * at most `rowsMax`.
 */
export async function exhaustUnwanted(sql: Sql, rowsMax: number): Promise<number> {
  const rows = await sql`
    UPDATE deliveries d SET state = 'exhausted', reason = chosen.reason, in_flight = false, due_at = NULL, finished_at = now(),
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
