import type { Fragment, Sql } from 'postgres';

/** An input with more names is data about files rather than a use of them. */
const idsMax = 200;

/** Finds the ids of files that are whole strings in JSON text. */
function namedFiles(json: string): string[] {
  if (!json.includes('"file_')) return [];
  const ids = new Set([...json.matchAll(/"(file_[0-9a-z]{26})"/g)].map(([, id = '']) => id));
  return [...ids].slice(0, idsMax);
}

/** A job whose input names files. */
export interface FileUser {
  tenantId: string;
  /** JSON text. */
  input: string;
  /** When it is due: RFC 3339, or null for `delayMs` from now. */
  runAt: string | null;
  delayMs: number;
  /** How long the files live after the job is due. */
  keepDays: number;
}

/**
 * Returns an UPDATE that extends the lives of the uploads which these jobs name, so that the jobs have time to run;
 * undefined when they name none. A row is not written again within the hour.
 */
export function extendNamedFiles(sql: Sql, users: readonly FileUser[]): Fragment | undefined {
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
