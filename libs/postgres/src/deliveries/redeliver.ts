import type { Fragment, Sql } from 'postgres';
import type { EndpointKey } from './endpoints.ts';

const anew = (
  sql: Sql,
): Fragment => sql`state = 'pending', reason = NULL, tries = 0, ticket = d.ticket + 1, in_flight = false,
  due_at = now(), finished_at = NULL`;

/**
 * Makes a final delivery due again, under the same id and with all tries. False when it is pending or its endpoint is
 * disabled.
 */
export async function redeliver(
  sql: Sql,
  { tenantId, deliveryId }: { tenantId: string; deliveryId: string },
): Promise<boolean> {
  const rows = await sql`
    UPDATE deliveries d SET ${anew(sql)} FROM endpoints e
    WHERE d.id = ${deliveryId} AND d.tenant_id = ${tenantId} AND d.state <> 'pending'
      AND e.id = d.endpoint_id AND e.disabled_at IS NULL
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
    UPDATE deliveries d SET ${anew(sql)}
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
