import type { Sql } from 'postgres';
import { waitingEndpoints } from './waiting-endpoints.ts';

/** The endpoint that stands for an origin which single jobs name; made when it is not there. */
export async function ensureOneOff(
  sql: Sql,
  { id, tenantId, origin }: { id: string; tenantId: string; origin: string },
): Promise<string> {
  const [row] = await sql<{ id: string }[]>`
    INSERT INTO endpoints (id, tenant_id, url, events, one_off) VALUES (${id}, ${tenantId}, ${origin}, '{}', true)
    ON CONFLICT (tenant_id, url) WHERE one_off DO UPDATE SET last_named_at = now()
    RETURNING id`;
  return row?.id ?? id;
}

/**
 * Makes the endpoints again that deliveries wait for and that are gone: a job or a schedule may name an origin and end long after
 * the origin was last named and forgotten. Returns how many deliveries have one again.
 */
export async function restoreOneOffs(sql: Sql): Promise<number> {
  const lost = await sql<{ endpointId: string; tenantId: string; origin: string }[]>`
    WITH RECURSIVE ${waitingEndpoints(sql)}
    SELECT w.endpoint_id AS "endpointId", d.tenant_id AS "tenantId", substring(d.own_url FROM '^[a-z]+://[^/?#]+') AS origin
    FROM waiting w, LATERAL (
      SELECT tenant_id, own_url FROM deliveries WHERE endpoint_id = w.endpoint_id AND due_at IS NOT NULL LIMIT 1
    ) AS d
    WHERE d.own_url <> '' AND NOT EXISTS (SELECT FROM endpoints e WHERE e.id = w.endpoint_id)`;
  let restored = 0;
  for (const { endpointId, tenantId, origin } of lost) {
    const id = await ensureOneOff(sql, { id: endpointId, tenantId, origin });
    const { count } = await sql`
      UPDATE deliveries SET endpoint_id = ${id} WHERE endpoint_id = ${endpointId} AND due_at IS NOT NULL`;
    restored += count;
  }
  return restored;
}
