import type { Sql } from 'postgres';
import { inTransaction } from '../connection/index.ts';
import { cancelSilently, type ChangedJob } from '../jobs/index.ts';

/** Deletes a tenant for good. False for an unknown one. Its jobs are cancelled by `clearDeletedTenant`. */
export async function deleteTenant(sql: Sql, id: string): Promise<boolean> {
  const rows = await sql`
    WITH deleted AS (
      UPDATE tenants SET deleted_at = coalesce(deleted_at, now()), disabled_at = coalesce(disabled_at, now())
      WHERE id = ${id} RETURNING id
    ), noted AS (
      INSERT INTO tenant_deletions (tenant_id) SELECT id FROM deleted ON CONFLICT DO NOTHING
    )
    SELECT FROM deleted`;
  return rows.length > 0;
}

interface Deletion {
  tenantId: string;
  isSecond: boolean;
}

/** The time in which every process respects that the keys are invalid, and in which its last requests have ended. */
const lateSeconds = 60;

/**
 * Makes one step of one deletion: disables endpoints, or cancels the jobs of the next `rowsMax` rows. Returns the
 * cancelled jobs, undefined when no step is due. A step is one transaction with its place, so a killed one is repeated.
 * All jobs are visited at once, and again when no process accepts requests of the tenant any more.
 */
export function clearDeletedTenant(sql: Sql, rowsMax: number): Promise<ChangedJob[] | undefined> {
  return inTransaction(sql, async (tx) => {
    const [deletion] = await tx<Deletion[]>`
      SELECT tenant_id AS "tenantId", is_second AS "isSecond" FROM tenant_deletions WHERE due_at <= now()
      ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED`;
    if (deletion === undefined) return undefined;
    const { tenantId } = deletion;
    const { count } = await tx`
      UPDATE endpoints SET disabled_at = now(), disabled_reason = 'asked' WHERE id IN (
        SELECT id FROM endpoints WHERE tenant_id = ${tenantId} AND disabled_at IS NULL LIMIT ${rowsMax})`;
    if (count === rowsMax) return [];
    const page = await tx<{ id: string; isOpen: boolean }[]>`
      SELECT j.id, j.finished_at IS NULL AS "isOpen" FROM tenant_deletions d, jobs j
      WHERE d.tenant_id = ${tenantId} AND j.tenant_id = ${tenantId}
        AND (j.created_at, j.id) > (d.after_created_at, d.after_id)
      ORDER BY j.created_at, j.id LIMIT ${rowsMax}`;
    const open = page.filter(({ isOpen }) => isOpen).map(({ id }) => id);
    const cancelled = open.length === 0 ? [] : await cancelSilently(tx as unknown as Sql, open);
    const last = page.at(-1);
    if (page.length === rowsMax && last !== undefined) {
      await tx`UPDATE tenant_deletions d SET after_created_at = j.created_at, after_id = j.id
        FROM jobs j WHERE j.id = ${last.id} AND d.tenant_id = ${tenantId}`;
    } else if (deletion.isSecond) {
      await tx`DELETE FROM tenant_deletions WHERE tenant_id = ${tenantId}`;
    } else {
      await tx`UPDATE tenant_deletions d SET is_second = true, after_created_at = '-infinity', after_id = '',
          due_at = t.deleted_at + ${lateSeconds}::float8 * interval '1 second'
        FROM tenants t WHERE t.id = d.tenant_id AND d.tenant_id = ${tenantId}`;
    }
    return cancelled;
  });
}
