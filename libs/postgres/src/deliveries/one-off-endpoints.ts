import { sql as fragment } from 'drizzle-orm';
import type { Sql } from 'postgres';
import { drizzleOn } from '../connection/index.ts';
import { schema } from '../schema/index.ts';
import { waitingEndpoints } from './waiting-endpoints.ts';

const { endpoints } = schema;

/** Returns the id of the endpoint of an origin that single jobs name, and inserts it when there is none. */
export async function ensureOneOff(
  sql: Sql,
  { id, tenantId, origin }: { id: string; tenantId: string; origin: string },
): Promise<string> {
  const [row] = await drizzleOn(sql)
    .insert(endpoints)
    .values({ id, tenantId, url: origin, events: [], oneOff: true })
    .onConflictDoUpdate({
      target: [endpoints.tenantId, endpoints.url],
      targetWhere: fragment`one_off`,
      set: { lastNamedAt: fragment`now()` },
    })
    .returning({ id: endpoints.id });
  return row?.id ?? id;
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
    const id = await ensureOneOff(sql, { id: endpointId, tenantId, origin });
    const { count } = await sql`
      UPDATE deliveries SET endpoint_id = ${id} WHERE endpoint_id = ${endpointId} AND due_at IS NOT NULL`;
    restored += count;
  }
  return restored;
}
