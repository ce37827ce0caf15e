import type { Fragment, Sql } from 'postgres';
import type { SealedSecret } from './webhook-secrets.ts';
import { toRfc3339 } from '../connection/timestamps.ts';

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

const columns = (sql: Sql): Fragment => sql`id, url, events, created_at AS "createdAt", disabled_at AS "disabledAt",
  disabled_reason AS "disabledReason", CASE WHEN failures > 0 THEN failing_since END AS "failingSince"`;

/** Registers an endpoint with its secret. Undefined when the tenant has `endpointsMax` already. */
export async function insertEndpoint(
  sql: Sql,
  { id, tenantId, url, events, secret }: NewEndpoint,
  endpointsMax: number,
): Promise<EndpointRow | undefined> {
  const rows = await sql<EndpointRow[]>`
    WITH endpoint AS (
      INSERT INTO endpoints (id, tenant_id, url, events)
      SELECT ${id}, ${tenantId}, ${url}, ${[...events]}::text[]
      WHERE (SELECT count(*) FROM endpoints WHERE tenant_id = ${tenantId} AND NOT one_off AND deleted_at IS NULL) < ${endpointsMax}
      RETURNING *
    ), kept AS (
      INSERT INTO webhook_secrets (owner_id, sealed, key_id) SELECT id, ${secret.sealed}::bytea, ${secret.keyId} FROM endpoint
    )
    SELECT ${columns(sql)} FROM endpoint`;
  return first(rows);
}

export async function findEndpoint(sql: Sql, { tenantId, endpointId }: EndpointKey): Promise<EndpointRow | undefined> {
  return first(
    await sql<EndpointRow[]>`SELECT ${columns(sql)} FROM endpoints
      WHERE id = ${endpointId} AND tenant_id = ${tenantId} AND NOT one_off AND deleted_at IS NULL`,
  );
}

/** Oldest first. A tenant has few. */
export async function listEndpoints(sql: Sql, tenantId: string): Promise<EndpointRow[]> {
  const rows = await sql<EndpointRow[]>`SELECT ${columns(sql)} FROM endpoints
    WHERE tenant_id = ${tenantId} AND NOT one_off AND deleted_at IS NULL ORDER BY id`;
  return rows.map(render);
}

/** What is left out stays as it is. */
export interface EndpointChange {
  url?: string | undefined;
  events?: string[] | undefined;
  disabled?: boolean | undefined;
}

/** Changes an endpoint. Another URL, or letting it work again, also forgets its failures. */
export async function updateEndpoint(
  sql: Sql,
  { tenantId, endpointId }: EndpointKey,
  { url, events, disabled }: EndpointChange,
): Promise<EndpointRow | undefined> {
  const anew = sql`(${url ?? null}::text <> url OR ${disabled ?? null}::boolean IS FALSE)`;
  return first(
    await sql<EndpointRow[]>`
      UPDATE endpoints SET url = coalesce(${url ?? null}, url), events = coalesce(${events ?? null}::text[], events),
        disabled_at = CASE ${disabled ?? null}::boolean WHEN true THEN coalesce(disabled_at, now()) WHEN false THEN NULL
          ELSE disabled_at END,
        disabled_reason = CASE ${disabled ?? null}::boolean WHEN true THEN coalesce(disabled_reason, 'asked') WHEN false THEN NULL
          ELSE disabled_reason END,
        failures = CASE WHEN ${anew} THEN 0 ELSE failures END,
        failing_since = CASE WHEN ${anew} THEN NULL ELSE failing_since END,
        paused_until = CASE WHEN ${anew} THEN NULL ELSE paused_until END
      WHERE id = ${endpointId} AND tenant_id = ${tenantId} AND NOT one_off AND deleted_at IS NULL
      RETURNING ${columns(sql)}`,
  );
}

/** Takes an endpoint away with its secret; what still waits for it is exhausted soon. False when there is none. */
export async function deleteEndpoint(sql: Sql, { tenantId, endpointId }: EndpointKey): Promise<boolean> {
  const rows = await sql`
    WITH gone AS (
      UPDATE endpoints SET deleted_at = now(), disabled_at = coalesce(disabled_at, now()), disabled_reason = 'deleted'
      WHERE id = ${endpointId} AND tenant_id = ${tenantId} AND NOT one_off AND deleted_at IS NULL
      RETURNING id
    ), secrets AS (
      DELETE FROM webhook_secrets WHERE owner_id IN (SELECT id FROM gone)
    )
    SELECT id FROM gone`;
  return rows.length > 0;
}

/**
 * Erases endpoints that were deleted long ago, and origins that no job has named for as long, once they have no delivery left to show;
 * returns how many, at most `rowsMax`.
 */
export async function purgeEndpoints(sql: Sql, retentionDays: number, rowsMax: number): Promise<number> {
  const rows = await sql`
    DELETE FROM endpoints WHERE id IN (
      SELECT id FROM endpoints e
      WHERE CASE WHEN one_off THEN last_named_at ELSE deleted_at END < now() - ${retentionDays}::float8 * interval '1 day'
        AND NOT EXISTS (SELECT FROM deliveries d WHERE d.endpoint_id = e.id) LIMIT ${rowsMax}
    ) RETURNING id`;
  return rows.length;
}

function first(rows: readonly EndpointRow[]): EndpointRow | undefined {
  return rows[0] && render(rows[0]);
}

function render(row: EndpointRow): EndpointRow {
  const { createdAt, disabledAt, failingSince } = row;
  return {
    ...row,
    createdAt: toRfc3339(createdAt),
    disabledAt: toRfc3339(disabledAt),
    failingSince: toRfc3339(failingSince),
  };
}
