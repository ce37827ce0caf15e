import { and, desc, eq, gt, ne, sql as fragment } from 'drizzle-orm';
import type { Sql } from 'postgres';
import { drizzleOn, toRfc3339 } from '../connection/index.ts';
import { schema } from '../schema/index.ts';
import { countDeleted, countDropped, reserveBytes } from './storage.ts';

const { files, fileStores, jobs } = schema;

export interface FileRow {
  id: string;
  tenantId: string;
  objectKey: string;
  state: 'pending' | 'ready';
  name: string | null;
  contentType: string;
  bytes: number;
  /** Lower-case hex; null until the bytes have arrived, or when the store does not report it. */
  sha256: string | null;
  createdAt: string;
  /** Null: together with the job that made it. */
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
  /** A file that is not used within this time expires. */
  unusedSeconds: number;
}

/** The attempt that makes a file. */
export interface FileMaker {
  jobId: string;
  ticket: number;
  /** The file is the whole output of the job. */
  isOutput: boolean;
}

const shownColumns = {
  id: files.id,
  tenantId: files.tenantId,
  objectKey: files.objectKey,
  state: fragment<FileRow['state']>`${files.state}`,
  name: files.name,
  contentType: files.contentType,
  bytes: files.bytes,
  sha256: files.sha256,
  createdAt: files.createdAt,
  expiresAt: fragment<string | null>`nullif(${files.expiresAt}, 'infinity')`,
  jobId: files.jobId,
};

function isThere(tenantId: string, id: string) {
  return and(
    eq(files.id, id),
    eq(files.tenantId, tenantId),
    ne(files.state, 'deleted'),
    gt(files.expiresAt, fragment`now()`),
  );
}

/**
 * Inserts a file before its bytes arrive, so that every object of the store has a row, and reserves its bytes in the
 * same statement. Returns undefined when the plan has no room. A file of an attempt lives for the attempt's timeout and
 * the time for unused files; the statement that finishes the job links the file.
 */
export async function insertFile(
  sql: Sql,
  file: NewFile,
  maker: FileMaker | null = null,
): Promise<FileRow | undefined> {
  const { id, objectKey, name, contentType, bytes, sha256, unusedSeconds } = file;
  const { jobId = null, ticket = null, isOutput = false } = maker ?? {};
  const rows = await sql<FileRow[]>`
    WITH reserved AS (${reserveBytes(sql, file)})
    INSERT INTO files AS f (id, tenant_id, object_key, state, name, content_type, bytes, sha256, expires_at, job_id,
      ticket, is_output)
    SELECT ${id}, tenant_id, ${objectKey}, 'pending', ${name}, ${contentType}, ${bytes}::bigint, ${sha256},
      now() + ${unusedSeconds}::float8 * interval '1 second'
        + coalesce((SELECT timeout_ms FROM jobs WHERE id = ${jobId}), 0) * interval '1 millisecond',
      ${jobId}, ${ticket}::int, ${isOutput}::boolean
    FROM reserved
    RETURNING id, tenant_id AS "tenantId", object_key AS "objectKey", state, name, content_type AS "contentType",
      bytes::float8 AS bytes, sha256, created_at AS "createdAt", expires_at AS "expiresAt", job_id AS "jobId"`;
  return rows.map(toFile)[0];
}

/** Reads a file; undefined when it expired, was deleted, or is another tenant's. */
export async function findFile(sql: Sql, tenantId: string, id: string): Promise<FileRow | undefined> {
  const rows = await drizzleOn(sql).select(shownColumns).from(files).where(isThere(tenantId, id));
  return rows.map(toFile)[0];
}

/** Reads the file that is the whole output of a completed job; undefined when the output is in the job's row. */
export async function findOutputFile(sql: Sql, tenantId: string, jobId: string): Promise<FileRow | undefined> {
  const rows = await drizzleOn(sql)
    .select(shownColumns)
    .from(files)
    .innerJoin(jobs, eq(jobs.id, files.jobId))
    .where(
      and(
        eq(files.jobId, jobId),
        eq(jobs.tenantId, tenantId),
        files.isOutput,
        ne(files.state, 'deleted'),
        eq(files.expiresAt, 'infinity'),
        eq(jobs.state, 'completed'),
      ),
    )
    .orderBy(desc(files.ticket))
    .limit(1);
  return rows.map(toFile)[0];
}

export interface Arrival {
  id: string;
  sha256: string | null;
  /** The shortest time for which the file lives from now on; left out: as before. */
  keepSeconds?: number;
}

/** Marks a file as ready when its bytes are stored. Returns undefined when the file was deleted meanwhile. */
export async function noteArrival(sql: Sql, arrival: Arrival): Promise<FileRow | undefined> {
  const { id, sha256, keepSeconds = null } = arrival;
  const rows = await drizzleOn(sql)
    .update(files)
    .set({
      state: 'ready',
      ...(sha256 !== null && { sha256 }),
      expiresAt: fragment`greatest(${files.expiresAt}, now() + ${keepSeconds}::float8 * interval '1 second')`,
    })
    .where(and(eq(files.id, id), eq(files.state, 'pending')))
    .returning(shownColumns);
  return rows.map(toFile)[0];
}

/** Deletes a file; its bytes are erased by the next maintenance task. False when the tenant has no such file. */
export async function forgetFile(sql: Sql, tenantId: string, id: string): Promise<boolean> {
  const rows = await sql`
    WITH deleted AS (
      UPDATE files SET state = 'deleted', expires_at = now()
      WHERE id = ${id} AND tenant_id = ${tenantId} AND state <> 'deleted' AND expires_at > now()
      RETURNING tenant_id, bytes
    ), counted AS (${countDeleted(sql, sql`deleted`)})
    SELECT FROM deleted`;
  return rows.length > 0;
}

/**
 * Marks up to `rowsMax` expired files as deleted and returns them, again at each call until `dropFiles` removes their
 * rows. A file of an attempt that may still finish is skipped: the attempt's end may wait for a database that is away,
 * for longer than the file lives.
 */
export function takeExpiredFiles(sql: Sql, rowsMax: number): Promise<{ id: string; objectKey: string }[]> {
  return sql<{ id: string; objectKey: string }[]>`
    WITH taken AS (
      UPDATE files n SET state = 'deleted' FROM (
        SELECT id, state FROM files f WHERE expires_at <= now() AND (job_id IS NULL OR NOT EXISTS (
          SELECT FROM jobs j WHERE j.id = f.job_id AND j.ticket = f.ticket AND j.finished_at IS NULL))
        ORDER BY expires_at LIMIT ${rowsMax} FOR UPDATE SKIP LOCKED
      ) AS old
      WHERE n.id = old.id
      RETURNING n.id, object_key, tenant_id, bytes, old.state <> 'deleted' AS lapsed
    ), deleted AS (
      SELECT tenant_id, bytes FROM taken WHERE lapsed
    ), counted AS (${countDeleted(sql, sql`deleted`)})
    SELECT id, object_key AS "objectKey" FROM taken`;
}

/**
 * Deletes the rows of files whose bytes were removed. Bytes of an upload may arrive until it is `uploadSeconds` old: a
 * younger one stays as deleted and expires again then.
 */
export async function dropFiles(sql: Sql, ids: readonly string[], uploadSeconds: number): Promise<void> {
  const lastBytes = sql`created_at + ${uploadSeconds}::float8 * interval '1 second'`;
  const areDeleted = sql`id = ANY (${[...ids]}::text[]) AND state = 'deleted'`;
  const isOpen = sql`(job_id IS NULL AND ${lastBytes} > now())`;
  await sql`
    WITH open AS (
      UPDATE files SET expires_at = ${lastBytes} WHERE ${areDeleted} AND ${isOpen}
    ), dropped AS (
      DELETE FROM files WHERE ${areDeleted} AND NOT ${isOpen} RETURNING tenant_id, bytes
    )
    ${countDropped(sql, sql`dropped`)}`;
}

/** Returns the name of the folder that holds this database's files; records `name` when there is none. */
export async function claimFileStore(sql: Sql, name: string): Promise<string> {
  const db = drizzleOn(sql);
  await db.insert(fileStores).values({ name }).onConflictDoNothing();
  return only(await db.select({ name: fileStores.name }).from(fileStores)).name;
}

function toFile(row: FileRow): FileRow {
  return { ...row, createdAt: toRfc3339(row.createdAt), expiresAt: row.expiresAt && toRfc3339(row.expiresAt) };
}

function only<T>(rows: readonly T[]): T {
  const [row] = rows;
  if (row === undefined) throw new Error('a statement that always returns a row returned none');
  return row;
}
