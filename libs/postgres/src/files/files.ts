import type { Sql } from 'postgres';
import { toRfc3339 } from '../connection/timestamps.ts';

export interface FileRow {
  id: string;
  tenantId: string;
  objectKey: string;
  state: 'pending' | 'ready';
  name: string | null;
  contentType: string;
  bytes: number;
  /** Lower-case hex; null while the bytes have not come, or when the store does not know it. */
  sha256: string | null;
  createdAt: string;
  /** Null: when the job that made it goes. */
  expiresAt: string | null;
  jobId: string | null;
}

export interface NewFile {
  id: string;
  tenantId: string;
  objectKey: string;
  name: string | null;
  contentType: string;
  bytes: number;
  sha256: string | null;
  /** It is gone when it was not used within this time. */
  unusedSeconds: number;
}

/** Which attempt makes a file. */
export interface FileMaker {
  jobId: string;
  ticket: number;
  /** It is the whole output of the job. */
  isOutput: boolean;
}

/**
 * Notes a file before its bytes come, so that no object is ever unknown here. What an attempt makes lives for as long as the attempt may
 * take and the time for unused ones; the statement that finishes the job links it.
 */
export async function insertFile(sql: Sql, file: NewFile, maker: FileMaker | null = null): Promise<FileRow> {
  const rows = await sql<FileRow[]>`
    INSERT INTO files (id, tenant_id, object_key, state, name, content_type, bytes, sha256, expires_at, job_id, ticket,
      is_output)
    VALUES (${file.id}, ${file.tenantId}, ${file.objectKey}, 'pending', ${file.name}, ${file.contentType}, ${file.bytes},
      ${file.sha256}, now() + ${file.unusedSeconds}::float8 * interval '1 second'
        + coalesce((SELECT timeout_ms FROM jobs WHERE id = ${maker?.jobId ?? null}), 0) * interval '1 millisecond',
      ${maker?.jobId ?? null}, ${maker?.ticket ?? null}, ${maker?.isOutput ?? false})
    RETURNING ${columns(sql)}`;
  return only(rows.map(toFile));
}

/** Undefined for one that expired, was deleted, or is another tenant's. */
export async function findFile(sql: Sql, tenantId: string, id: string): Promise<FileRow | undefined> {
  const rows = await sql<FileRow[]>`
    SELECT ${columns(sql)} FROM files
    WHERE id = ${id} AND tenant_id = ${tenantId} AND state <> 'deleted' AND expires_at > now()`;
  return rows.map(toFile)[0];
}

/** The file that holds the whole output of a completed job, when it was too large for a row. */
export async function findOutputFile(sql: Sql, tenantId: string, jobId: string): Promise<FileRow | undefined> {
  const rows = await sql<FileRow[]>`
    SELECT ${columns(sql, 'f')} FROM files f JOIN jobs j ON j.id = f.job_id
    WHERE f.job_id = ${jobId} AND j.tenant_id = ${tenantId} AND f.is_output AND f.state <> 'deleted'
      AND f.expires_at = 'infinity' AND j.state = 'completed' ORDER BY f.ticket DESC LIMIT 1`;
  return rows.map(toFile)[0];
}

export interface Arrival {
  id: string;
  bytes: number;
  sha256: string | null;
  /** For how long it is kept from now on at least; left out: as before. */
  keepSeconds?: number;
}

/** Notes that the bytes are there. Undefined when the file went meanwhile. */
export async function noteArrival(sql: Sql, arrival: Arrival): Promise<FileRow | undefined> {
  const { id, bytes, sha256, keepSeconds = null } = arrival;
  const rows = await sql<FileRow[]>`
    UPDATE files SET state = 'ready', bytes = ${bytes}, sha256 = coalesce(${sha256}, sha256),
      expires_at = greatest(expires_at, now() + ${keepSeconds}::float8 * interval '1 second')
    WHERE id = ${id} AND state = 'pending' RETURNING ${columns(sql)}`;
  return rows.map(toFile)[0];
}

/** False when there is no such file of this tenant. Its bytes go with the next sweep. */
export async function forgetFile(sql: Sql, tenantId: string, id: string): Promise<boolean> {
  const rows = await sql`
    UPDATE files SET state = 'deleted', expires_at = now()
    WHERE id = ${id} AND tenant_id = ${tenantId} AND state <> 'deleted' AND expires_at > now() RETURNING id`;
  return rows.length > 0;
}

/**
 * Marks up to `rowsMax` files whose time is over; from then on nobody gets them. They come again until `dropFiles` is told. What an attempt
 * made is left as long as it may still finish: its end may wait longer than the file for a database that was away.
 */
export function takeExpiredFiles(sql: Sql, rowsMax: number): Promise<{ id: string; objectKey: string }[]> {
  return sql<{ id: string; objectKey: string }[]>`
    UPDATE files SET state = 'deleted' WHERE id IN (
      SELECT id FROM files f WHERE expires_at <= now() AND (job_id IS NULL OR NOT EXISTS (
        SELECT FROM jobs j WHERE j.id = f.job_id AND j.ticket = f.ticket AND j.finished_at IS NULL))
      ORDER BY expires_at LIMIT ${rowsMax} FOR UPDATE SKIP LOCKED)
    RETURNING id, object_key AS "objectKey"`;
}

/**
 * Forgets files whose bytes were removed. Bytes may come for an upload until it is `uploadSeconds` old: a younger one is kept as deleted
 * and comes again then.
 */
export async function dropFiles(sql: Sql, ids: readonly string[], uploadSeconds: number): Promise<void> {
  const lastBytes = sql`created_at + ${uploadSeconds}::float8 * interval '1 second'`;
  const isOpen = sql`job_id IS NULL AND ${lastBytes} > now()`;
  await sql`UPDATE files SET expires_at = ${lastBytes} WHERE id = ANY (${ids}::text[]) AND state = 'deleted' AND ${isOpen}`;
  await sql`DELETE FROM files WHERE id = ANY (${ids}::text[]) AND state = 'deleted' AND NOT (${isOpen})`;
}

/** The name of the folder that holds this database's objects: the one given, if there was none. */
export async function claimFileStore(sql: Sql, name: string): Promise<string> {
  await sql`INSERT INTO file_stores (name) VALUES (${name}) ON CONFLICT DO NOTHING`;
  return only(await sql<{ name: string }[]>`SELECT name FROM file_stores`).name;
}

function columns(sql: Sql, table = 'files') {
  const t = sql(table);
  return sql`${t}.id, ${t}.tenant_id AS "tenantId", ${t}.object_key AS "objectKey", ${t}.state, ${t}.name,
    ${t}.content_type AS "contentType", ${t}.bytes::float8 AS bytes, ${t}.sha256, ${t}.created_at AS "createdAt",
    nullif(${t}.expires_at, 'infinity') AS "expiresAt", ${t}.job_id AS "jobId"`;
}

function toFile(row: FileRow): FileRow {
  return { ...row, createdAt: toRfc3339(row.createdAt), expiresAt: row.expiresAt && toRfc3339(row.expiresAt) };
}

function only<T>(rows: readonly T[]): T {
  const [row] = rows;
  if (row === undefined) throw new Error('a statement that always answers with a row gave none');
  return row;
}
