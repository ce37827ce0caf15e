import type { Sql } from 'postgres';
import { waitingEndpoints } from './waiting-endpoints.ts';
import type { SealedSecret } from './webhook-secrets.ts';

/** The endpoint of an origin that single jobs name. */
export interface OneOff {
  id: string;
  origin: string;
}

/** Returns those of the origins that have an endpoint. */
export function findOneOffs(sql: Sql, tenantId: string, origins: readonly string[]): Promise<OneOff[]> {
  return sql<OneOff[]>`
    SELECT id, url AS origin FROM endpoints
    WHERE one_off AND tenant_id = ${tenantId} AND url = ANY (${[...origins]}::text[])`;
}

export interface MissingOneOffs {
  missing: readonly OneOff[];
  /** The tenant's first secret for such endpoints; one that exists is not changed. */
  secret?: SealedSecret;
}

/**
 * Inserts the endpoints of origins where there are none and notes that jobs name them, in one statement. Returns the
 * endpoint of each origin. Rows are written in order, so that no two statements wait for each other.
 */
export function ensureOneOffs(sql: Sql, tenantId: string, { missing, secret }: MissingOneOffs): Promise<OneOff[]> {
  const secrets = secret
    ? sql`WITH secrets AS (INSERT INTO webhook_secrets (owner_id, sealed, key_id)
        VALUES (${tenantId}, ${secret.sealed}, ${secret.keyId}) ON CONFLICT DO NOTHING)`
    : sql``;
  return sql<OneOff[]>`
    ${secrets}
    INSERT INTO endpoints (id, tenant_id, url, events, one_off)
    SELECT m.id, ${tenantId}, m.origin, '{}', true
    FROM unnest(${missing.map(({ id }) => id)}::text[], ${missing.map(({ origin }) => origin)}::text[]) AS m (id, origin)
    ORDER BY m.origin COLLATE "C"
    ON CONFLICT (tenant_id, url) WHERE one_off DO UPDATE SET last_named_at = now()
    RETURNING id, url AS origin`;
}

/**
 * Inserts the one-off endpoints that deliveries wait for and that were purged: a job or schedule may name an origin and
 * end long after the endpoint of that origin was purged. Returns how many deliveries have an endpoint again.
 */
export async function restoreOneOffs(sql: Sql): Promise<number> {
  const lost = await sql<{ endpointId: string; tenantId: string; origin: string }[]>`
    WITH RECURSIVE ${waitingEndpoints(sql)}
    SELECT w.endpoint_id AS "endpointId", d.tenant_id AS "tenantId",
      substring(d.own_url FROM '^[a-z]+://[^/?#]+') AS origin
    FROM waiting w, LATERAL (
      SELECT tenant_id, own_url FROM deliveries WHERE endpoint_id = w.endpoint_id AND due_at IS NOT NULL LIMIT 1
    ) AS d
    WHERE d.own_url <> '' AND NOT EXISTS (SELECT FROM endpoints e WHERE e.id = w.endpoint_id)`;
  let restored = 0;
  for (const { endpointId, tenantId, origin } of lost) {
    const [endpoint] = await ensureOneOffs(sql, tenantId, { missing: [{ id: endpointId, origin }] });
    const { count } = await sql`
      UPDATE deliveries SET endpoint_id = ${endpoint?.id ?? endpointId} WHERE endpoint_id = ${endpointId} AND due_at IS NOT NULL`;
    restored += count;
  }
  return restored;
}
