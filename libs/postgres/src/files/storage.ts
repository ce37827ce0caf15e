import type { Fragment, Sql } from 'postgres';

/** Bytes of a tenant's files, see `tenant_storage`. */
export interface Storage {
  bytes: number;
  deletedBytes: number;
}

/** Reads the bytes of a tenant's files. */
export async function readStorage(sql: Sql, tenantId: string): Promise<Storage> {
  const [row] = await sql<Storage[]>`
    SELECT bytes::float8 AS bytes, deleted_bytes::float8 AS "deletedBytes" FROM tenant_storage
    WHERE tenant_id = ${tenantId}`;
  return row ?? { bytes: 0, deletedBytes: 0 };
}

/**
 * Returns an INSERT that reserves the bytes of one new file, and returns no row when the plan has no room for them.
 * The row lock puts parallel requests of a tenant in order, so that they cannot exceed the plan together. An address
 * outlives the deletion of its file, so deleted files count too, up to the size of the plan once more: a tenant that
 * replaces its files finds room, and one that deletes what it will still upload does not.
 */
export function reserveBytes(sql: Sql, { tenantId, bytes }: { tenantId: string; bytes: number }): Fragment {
  const max = sql`(SELECT storage_bytes_max FROM plans p JOIN tenants t ON t.plan = p.name WHERE t.id = ${tenantId})`;
  return sql`INSERT INTO tenant_storage AS s (tenant_id, bytes, deleted_bytes)
    SELECT ${tenantId}, ${bytes}::bigint, 0 WHERE coalesce(${bytes}::bigint <= ${max}, true)
    ON CONFLICT (tenant_id) DO UPDATE SET bytes = s.bytes + excluded.bytes
      WHERE coalesce(s.bytes + excluded.bytes <= ${max}
        AND s.bytes + s.deleted_bytes + excluded.bytes <= 2 * ${max}, true)
    RETURNING tenant_id`;
}

/** Returns an UPDATE for the rows `tenant_id, bytes` of a CTE: files that were deleted and not erased yet. */
export function countDeleted(sql: Sql, cte: Fragment): Fragment {
  return sql`UPDATE tenant_storage s SET bytes = greatest(s.bytes - d.bytes, 0),
      deleted_bytes = s.deleted_bytes + d.bytes
    FROM ${sumOf(sql, cte)} WHERE s.tenant_id = d.tenant_id`;
}

/** Returns an UPDATE for the rows `tenant_id, bytes` of a CTE: deleted files whose rows are dropped. */
export function countDropped(sql: Sql, cte: Fragment): Fragment {
  return sql`UPDATE tenant_storage s SET deleted_bytes = greatest(s.deleted_bytes - d.bytes, 0)
    FROM ${sumOf(sql, cte)} WHERE s.tenant_id = d.tenant_id`;
}

/** Sums up by tenant, and locks in the order of ids: statements about the same tenants do not deadlock. */
function sumOf(sql: Sql, cte: Fragment): Fragment {
  return sql`(
    SELECT l.tenant_id, (SELECT sum(c.bytes)::bigint FROM ${cte} c WHERE c.tenant_id = l.tenant_id) AS bytes
    FROM (SELECT tenant_id FROM tenant_storage WHERE tenant_id = ANY (ARRAY(SELECT tenant_id FROM ${cte}))
      ORDER BY tenant_id FOR UPDATE) AS l
  ) AS d`;
}
