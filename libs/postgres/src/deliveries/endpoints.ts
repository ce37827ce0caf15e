import { and, asc, eq, inArray, isNull, lt, not, notExists, type SQL, sql as fragment } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { Sql } from 'postgres';
import { drizzleOn, toRfc3339 } from '../connection/index.ts';
import { schema } from '../schema/index.ts';
import type { SealedSecret } from './webhook-secrets.ts';

const { deliveries, endpoints, webhookSecrets } = schema;

/** An endpoint as its tenant sees it; times are RFC 3339. */
export interface EndpointRow {
  id: string;
  url: string;
  events: string[];
  createdAt: string;
  disabledAt: string | null;
  disabledReason: string | null;
  failingSince: string | null;
}

export interface EndpointKey {
  tenantId: string;
  endpointId: string;
}

export interface NewEndpoint {
  id: string;
  tenantId: string;
  url: string;
  events: readonly string[];
  secret: SealedSecret;
}

const shownColumns = {
  id: endpoints.id,
  url: endpoints.url,
  events: endpoints.events,
  createdAt: endpoints.createdAt,
  disabledAt: endpoints.disabledAt,
  disabledReason: endpoints.disabledReason,
  failingSince: fragment<string | null>`CASE WHEN ${endpoints.failures} > 0 THEN ${endpoints.failingSince} END`,
};

const isRegistered = and(not(endpoints.oneOff), isNull(endpoints.deletedAt));

function isEndpoint({ tenantId, endpointId }: EndpointKey) {
  return and(eq(endpoints.id, endpointId), eq(endpoints.tenantId, tenantId), isRegistered);
}

/**
 * Inserts an endpoint with its secret, in one statement that counts the tenant's others. Returns undefined when there
 * are `endpointsMax` already.
 */
export async function insertEndpoint(
  sql: Sql,
  { id, tenantId, url, events, secret }: NewEndpoint,
  endpointsMax: number,
): Promise<EndpointRow | undefined> {
  const rows = await sql<EndpointRow[]>`
    WITH endpoint AS (
      INSERT INTO endpoints (id, tenant_id, url, events)
      SELECT ${id}, ${tenantId}, ${url}, ${[...events]}::text[]
      WHERE (SELECT count(*) FROM endpoints WHERE tenant_id = ${tenantId} AND NOT one_off
        AND deleted_at IS NULL) < ${endpointsMax}
      RETURNING *
    ), secrets AS (
      INSERT INTO webhook_secrets (owner_id, sealed, key_id) SELECT id, ${secret.sealed}::bytea, ${secret.keyId}
        FROM endpoint
    )
    SELECT id, url, events, created_at AS "createdAt", disabled_at AS "disabledAt", disabled_reason AS "disabledReason",
      failing_since AS "failingSince" FROM endpoint`;
  return first(rows);
}

/** Reads a registered endpoint of a tenant. */
export async function findEndpoint(sql: Sql, key: EndpointKey): Promise<EndpointRow | undefined> {
  return first(await drizzleOn(sql).select(shownColumns).from(endpoints).where(isEndpoint(key)));
}

/** Lists the registered endpoints of a tenant, oldest first. A tenant has few. */
export async function listEndpoints(sql: Sql, tenantId: string): Promise<EndpointRow[]> {
  const rows = await drizzleOn(sql)
    .select(shownColumns)
    .from(endpoints)
    .where(and(eq(endpoints.tenantId, tenantId), isRegistered))
    .orderBy(asc(endpoints.id));
  return rows.map(render);
}

/** Changes of an endpoint; a field that is left out stays as it is. */
export interface EndpointChange {
  url?: string | undefined;
  events?: string[] | undefined;
  disabled?: boolean | undefined;
}

/** Changes an endpoint. Another URL, or enabling it, also resets its failures. */
export async function updateEndpoint(
  sql: Sql,
  key: EndpointKey,
  { url, events, disabled }: EndpointChange,
): Promise<EndpointRow | undefined> {
  const { disabledAt, disabledReason, failures, failingSince, pausedUntil } = endpoints;
  const isReset = fragment`(${url ?? null}::text <> ${endpoints.url} OR ${disabled ?? null}::boolean IS FALSE)`;
  const unlessReset = (column: PgColumn, value: SQL) => fragment`CASE WHEN ${isReset} THEN ${value} ELSE ${column} END`;
  const rows = await drizzleOn(sql)
    .update(endpoints)
    .set({
      ...(url !== undefined && { url }),
      ...(events !== undefined && { events }),
      ...(disabled === true && {
        disabledAt: fragment`coalesce(${disabledAt}, now())`,
        disabledReason: fragment`coalesce(${disabledReason}, 'asked')`,
      }),
      ...(disabled === false && { disabledAt: null, disabledReason: null }),
      failures: unlessReset(failures, fragment`0`),
      failingSince: unlessReset(failingSince, fragment`NULL`),
      pausedUntil: unlessReset(pausedUntil, fragment`NULL`),
    })
    .where(isEndpoint(key))
    .returning(shownColumns);
  return first(rows);
}

/**
 * Deletes an endpoint and its secret in one statement; its pending deliveries are exhausted soon. False when there is
 * none.
 */
export async function deleteEndpoint(sql: Sql, key: EndpointKey): Promise<boolean> {
  const db = drizzleOn(sql);
  const gone = db.$with('gone').as(
    db
      .update(endpoints)
      .set({
        deletedAt: fragment`now()`,
        disabledAt: fragment`coalesce(${endpoints.disabledAt}, now())`,
        disabledReason: 'deleted',
      })
      .where(isEndpoint(key))
      .returning({ id: endpoints.id }),
  );
  const isGone = inArray(webhookSecrets.ownerId, db.select({ id: gone.id }).from(gone));
  const secrets = db.$with('secrets').as(db.delete(webhookSecrets).where(isGone));
  const rows = await db.with(gone, secrets).select().from(gone);
  return rows.length > 0;
}

/**
 * Erases endpoints that were deleted before the retention, and one-off endpoints that no job has named for as long,
 * once they have no delivery left to show. Returns how many, at most `rowsMax`.
 */
export async function purgeEndpoints(sql: Sql, retentionDays: number, rowsMax: number): Promise<number> {
  const db = drizzleOn(sql);
  const lastUse = fragment`CASE WHEN ${endpoints.oneOff} THEN ${endpoints.lastNamedAt} ELSE ${endpoints.deletedAt} END`;
  const itsDeliveries = db.select().from(deliveries).where(eq(deliveries.endpointId, endpoints.id));
  const chosen = db
    .select({ id: endpoints.id })
    .from(endpoints)
    .where(and(lt(lastUse, fragment`now() - ${retentionDays}::float8 * interval '1 day'`), notExists(itsDeliveries)))
    .limit(rowsMax);
  const rows = await db.delete(endpoints).where(inArray(endpoints.id, chosen)).returning({ id: endpoints.id });
  return rows.length;
}

function first(rows: readonly EndpointRow[]): EndpointRow | undefined {
  return rows[0] && render(rows[0]);
}

/** Renders the times of an endpoint as RFC 3339. */
function render(row: EndpointRow): EndpointRow {
  const { createdAt, disabledAt, failingSince } = row;
  return {
    ...row,
    createdAt: toRfc3339(createdAt),
    disabledAt: toRfc3339(disabledAt),
    failingSince: toRfc3339(failingSince),
  };
}
