import type { Fragment, Sql } from 'postgres';
import type { BreakerOptions, DeliveryOutcome } from './delivery-outcome.ts';

/**
 * Updates the addresses that single jobs named. A success deletes the row of its address. A failure counts as one step
 * together with others of the same pause, and the pause doubles with each step beyond `failuresMax`.
 */
export async function noteAddresses(
  sql: Sql,
  tried: readonly DeliveryOutcome[],
  { failuresMax, pauseMs, pauseMsMax }: BreakerOptions,
): Promise<void> {
  const failures = sql`CASE WHEN f.failures < ${failuresMax} THEN least(f.failures + excluded.failures, ${failuresMax})
    WHEN f.paused_until > now() THEN f.failures ELSE f.failures + 1 END`;
  const pause = (count: Fragment) => sql`CASE WHEN ${count} >= ${failuresMax} THEN now() + interval '1 millisecond'
    * least(${pauseMsMax}::float8, ${pauseMs} * 2 ^ least(20, ${count} - ${failuresMax})) END`;
  await sql`
    WITH given AS (
      SELECT endpoint_id, ${addressHash(sql, sql`url`)} AS url_sha256, bool_or(good) AS good,
        least(count(*) FILTER (WHERE NOT good), ${failuresMax})::int AS failures, max(pause_ms) AS pause_ms
      FROM unnest(${tried.map((one) => one.endpointId)}::text[], ${tried.map((one) => one.address)}::text[],
        ${tried.map((one) => Number(one.to === 'delivered'))}::int[]::boolean[],
        ${tried.map((one) => one.pauseMs)}::float8[]) AS t (endpoint_id, url, good, pause_ms)
      GROUP BY 1, 2
    ), recovered AS (
      DELETE FROM failing_addresses f USING given g
      WHERE f.endpoint_id = g.endpoint_id AND f.url_sha256 = g.url_sha256 AND g.good
    )
    INSERT INTO failing_addresses AS f (endpoint_id, url_sha256, failures, paused_until)
    SELECT endpoint_id, url_sha256, failures,
      greatest(CASE WHEN pause_ms > 0 THEN now() + pause_ms * interval '1 millisecond' END, ${pause(sql`failures`)})
    FROM given WHERE NOT good ORDER BY endpoint_id COLLATE "C", url_sha256
    ON CONFLICT (endpoint_id, url_sha256) DO UPDATE SET failures = ${failures}, failed_at = now(), probed_until = NULL,
      paused_until = greatest(f.paused_until, excluded.paused_until, CASE WHEN f.paused_until > now()
        AND f.failures >= ${failuresMax} THEN NULL ELSE ${pause(sql`(${failures})`)} END)`;
}

/** Returns the expression by which an address is found. */
export function addressHash(sql: Sql, url: Fragment): Fragment {
  return sql`sha256(convert_to(${url}, 'UTF8'))`;
}

/** Deletes addresses without a failure for `days`; returns how many, at most `rowsMax`. */
export async function purgeFailingAddresses(sql: Sql, days: number, rowsMax: number): Promise<number> {
  const { count } = await sql`
    DELETE FROM failing_addresses WHERE (endpoint_id, url_sha256) IN (
      SELECT endpoint_id, url_sha256 FROM failing_addresses
      WHERE failed_at < now() - ${days}::float8 * interval '1 day'
      ORDER BY failed_at LIMIT ${rowsMax} FOR UPDATE SKIP LOCKED)`;
  return count;
}
