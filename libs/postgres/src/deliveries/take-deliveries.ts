import type { Sql } from 'postgres';
import type { DeliveryTicket } from './delivery-outcome.ts';
import { addressHash } from './failing-addresses.ts';
import { waitingEndpoints } from './waiting-endpoints.ts';

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

/** While one delivery tests an address that fails, the others to it wait for so long. */
const probeMs = 5_000;

/**
 * Takes due deliveries, each under a new ticket: in fair share between endpoints, none of a paused endpoint, and no
 * more of each than it has capacity for, so that a slow or dead receiver uses few slots. Each delivery is due again
 * after `holdMs`, which redispatches the lost ones. The cost depends on the number of endpoints with waiting
 * deliveries, not on the number of deliveries.
 *
 * Of an origin whose address fails, up to `rowsMax` due deliveries are read. Those to a paused address are postponed
 * until the end of its pause, each once per pause; then one of them tests the address.
 */
export function takeDueDeliveries(sql: Sql, options: TakeDeliveriesOptions): Promise<DeliveryTicket[]> {
  const { rowsMax, perEndpointMax, failuresMax, epoch, holdMs, endpointIds } = options;
  const waiting =
    endpointIds === undefined
      ? waitingEndpoints(sql)
      : sql`waiting AS (SELECT unnest(${[...endpointIds]}::text[]) AS endpoint_id)`;
  const isFailing = sql`(f.failures >= ${failuresMax} OR f.paused_until > now())`;
  return sql<DeliveryTicket[]>`
    WITH RECURSIVE ${waiting}, open AS (
      SELECT e.id, CASE WHEN e.failures >= ${failuresMax} THEN 1 ELSE ${perEndpointMax}::int END - (
        SELECT count(*) FROM deliveries f WHERE f.endpoint_id = e.id AND f.in_flight AND f.due_at > now()) AS capacity,
        e.one_off AND EXISTS (SELECT FROM failing_addresses f WHERE f.endpoint_id = e.id AND ${isFailing}) AS fails
      FROM waiting w JOIN endpoints e ON e.id = w.endpoint_id
      WHERE e.disabled_at IS NULL AND (e.paused_until IS NULL OR e.paused_until <= now())
    ), due AS (
      SELECT o.id AS endpoint_id, o.capacity, d.id, d.due_at, a.url_sha256, a.blocked_until,
        a.url_sha256 IS NOT NULL AND row_number() OVER (PARTITION BY o.id, d.own_url ORDER BY d.due_at) > 1 AS is_next
      FROM open o, LATERAL (
        SELECT id, due_at, own_url FROM deliveries WHERE endpoint_id = o.id AND due_at <= now()
        ORDER BY due_at LIMIT CASE WHEN o.fails AND o.capacity > 0 THEN ${rowsMax} ELSE greatest(0, o.capacity) END
      ) AS d LEFT JOIN LATERAL (
        SELECT url_sha256, greatest(f.paused_until, f.probed_until) AS blocked_until FROM failing_addresses f
        WHERE o.fails AND f.endpoint_id = o.id AND f.url_sha256 = ${addressHash(sql, sql`d.own_url`)} AND ${isFailing}
      ) AS a ON true
    ), postponed AS (
      UPDATE deliveries d SET in_flight = false,
        due_at = CASE WHEN b.blocked_until > now() THEN b.blocked_until
          ELSE now() + ${probeMs} * interval '1 millisecond' END
      FROM (
        SELECT d.id, u.blocked_until FROM due u JOIN deliveries d ON d.id = u.id
        WHERE (u.is_next OR u.blocked_until > now()) AND d.due_at <= now() FOR UPDATE OF d SKIP LOCKED
      ) AS b
      WHERE d.id = b.id
    ), chosen AS (
      SELECT id, capacity, row_number() OVER (PARTITION BY endpoint_id ORDER BY due_at) AS share
      FROM due WHERE NOT is_next AND coalesce(blocked_until <= now(), true)
    ), locked AS (
      SELECT id FROM deliveries
      WHERE id = ANY (ARRAY(SELECT id FROM chosen WHERE share <= capacity ORDER BY share LIMIT ${rowsMax}))
        AND due_at <= now()
      FOR UPDATE SKIP LOCKED
    ), probed AS (
      UPDATE failing_addresses f SET probed_until = now() + ${probeMs} * interval '1 millisecond'
      FROM due u WHERE u.id IN (SELECT id FROM locked) AND f.endpoint_id = u.endpoint_id AND f.url_sha256 = u.url_sha256
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
