import type { Fragment, Sql } from 'postgres';
import type { EndpointKey } from './endpoints.ts';
import { addressHash } from './failing-addresses.ts';

const anew = (sql: Sql): Fragment =>
  sql`state = 'pending', reason = NULL, ticket = d.ticket + 1, in_flight = false, due_at = now(), finished_at = NULL`;

/**
 * Makes a delivery due now, under the same id. A final one gets all tries anew. One that waits for a try, also for its
 * first, keeps its number of tries, and a pause of its endpoint or address ends. False when a try is under way, and
 * when the endpoint is disabled.
 */
export async function redeliver(
  sql: Sql,
  { tenantId, deliveryId }: { tenantId: string; deliveryId: string },
): Promise<boolean> {
  const rows = await sql`
    WITH chosen AS (
      SELECT d.id, d.endpoint_id, d.own_url, d.state = 'pending' AS waits, d.tries
      FROM deliveries d JOIN endpoints e ON e.id = d.endpoint_id AND e.disabled_at IS NULL
      WHERE d.id = ${deliveryId} AND d.tenant_id = ${tenantId}
        AND (d.state <> 'pending' OR NOT d.in_flight)
      FOR UPDATE OF d
    ), resumed AS (
      UPDATE endpoints e SET paused_until = NULL FROM chosen c
      WHERE e.id = c.endpoint_id AND c.waits AND e.paused_until > now()
    ), resumed_address AS (
      UPDATE failing_addresses f SET paused_until = NULL, probed_until = NULL FROM chosen c
      WHERE f.endpoint_id = c.endpoint_id AND f.url_sha256 = ${addressHash(sql, sql`c.own_url`)} AND c.waits
    )
    UPDATE deliveries d SET ${anew(sql)}, tries = CASE WHEN c.waits THEN c.tries ELSE 0 END
    FROM chosen c WHERE d.id = c.id
    RETURNING d.id`;
  return rows.length > 0;
}

export interface RedeliverOptions {
  since: string;
  /** Only deliveries with later ids. */
  after: string;
  rowsMax: number;
}

/**
 * Makes the exhausted deliveries of an endpoint due again, of events since a time, in the order of their ids. Returns
 * at most `rowsMax` ids; the next call goes on after the last id, so that a delivery that is exhausted again meanwhile
 * is not repeated.
 */
export async function redeliverExhausted(
  sql: Sql,
  { tenantId, endpointId }: EndpointKey,
  { since, after, rowsMax }: RedeliverOptions,
): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    UPDATE deliveries d SET ${anew(sql)}, tries = 0
    FROM (
      SELECT id FROM deliveries
      WHERE endpoint_id = ${endpointId} AND tenant_id = ${tenantId} AND state = 'exhausted'
        AND id > ${after} AND created_at >= ${since}::text::timestamptz
      ORDER BY id LIMIT ${rowsMax} FOR UPDATE SKIP LOCKED
    ) AS chosen
    WHERE d.id = chosen.id
    RETURNING d.id`;
  return rows.map(({ id }) => id).sort();
}

/** Deletes deliveries that were final for longer than `retentionDays`; returns how many, at most `rowsMax`. */
export async function purgeDeliveries(sql: Sql, retentionDays: number, rowsMax: number): Promise<number> {
  return eraseDeliveries(
    sql,
    sql`SELECT id FROM deliveries WHERE finished_at < now() - ${retentionDays}::float8 * interval '1 day'
      ORDER BY finished_at LIMIT ${rowsMax} FOR UPDATE SKIP LOCKED`,
  );
}

async function eraseDeliveries(sql: Sql, chosen: Fragment): Promise<number> {
  const [row] = await sql<{ erased: number }[]>`
    WITH chosen AS (${chosen}), payloads AS (
      DELETE FROM delivery_payloads WHERE delivery_id = ANY (ARRAY(SELECT id FROM chosen))
    ), attempts AS (
      DELETE FROM delivery_attempts WHERE delivery_id = ANY (ARRAY(SELECT id FROM chosen))
    ), erased AS (
      DELETE FROM deliveries WHERE id = ANY (ARRAY(SELECT id FROM chosen)) RETURNING id
    )
    SELECT count(*)::int AS erased FROM erased`;
  return row?.erased ?? 0;
}
