import type { Fragment, Sql } from 'postgres';

/** Inputs that name more are rather about files than made of them. */
const idsMax = 200;

/** The ids of files that JSON text holds as whole strings. */
function namedFiles(json: string): string[] {
  if (!json.includes('"file_')) return [];
  const ids = new Set([...json.matchAll(/"(file_[0-9a-z]{26})"/g)].map(([, id = '']) => id));
  return [...ids].slice(0, idsMax);
}

/** A job that is to read the files which its input names. */
export interface FileUser {
  tenantId: string;
  /** JSON text. */
  input: string;
  /** When it may run: RFC 3339, or null for now and `delayMs` more. */
  runAt: string | null;
  delayMs: number;
  /** After that, for as long as it may have to wait. */
  keepDays: number;
}

/**
 * An UPDATE that keeps the uploads of its tenants which these jobs name until they had time to run: who names a file in a job uses
 * it. Undefined when they name none. It writes no row again within the hour.
 */
export function keepNamedFiles(sql: Sql, users: readonly FileUser[]): Fragment | undefined {
  const named = users.flatMap((user) => namedFiles(user.input).map((id) => ({ ...user, id })));
  if (named.length === 0) return undefined;
  return sql`UPDATE files f SET expires_at = k.until
    FROM (
      SELECT id, tenant_id, max(coalesce(run_at::timestamptz, now() + delay_ms * interval '1 millisecond')
        + days * interval '1 day') AS until
      FROM unnest(${named.map((one) => one.id)}::text[], ${named.map((one) => one.tenantId)}::text[],
        ${named.map((one) => one.runAt)}::text[], ${named.map((one) => one.delayMs)}::float8[],
        ${named.map((one) => one.keepDays)}::float8[]) AS g (id, tenant_id, run_at, delay_ms, days)
      GROUP BY id, tenant_id
    ) AS k
    WHERE f.id = k.id AND f.tenant_id = k.tenant_id AND f.job_id IS NULL AND f.state <> 'deleted'
      AND f.expires_at > now() AND f.expires_at < k.until - interval '1 hour'`;
}
