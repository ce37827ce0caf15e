import { type FileObject, type FileRequest, formatTime, newId, Problem, toShownText } from '@turno/contract';
import {
  type FileRow,
  findFile,
  findOutputFile,
  forgetFile,
  insertFile,
  noteArrival,
  type Postgres,
} from '@turno/postgres';
import type { DownloadAddress, ObjectStore, UploadAddress } from './object-store.ts';

export interface FileDeps {
  sql: Postgres['sql'];
  store: ObjectStore;
  /** The retention of an upload after its first use. A file of a job is erased with the job. */
  retentionDays: number;
}

/** A signed URL is valid this long: enough for the start of a large transfer on a slow link. */
const uploadSeconds = 15 * 60;
const downloadSeconds = 5 * 60;
/** The retention of an upload that was never used, and of a file from an attempt that lost its job. */
export const unusedSeconds = 3_600;

/**
 * Creates a file and returns a signed URL for its bytes, which never pass through this process.
 * The bytes are reserved from now on, until the file is deleted or the URL lapses. Throws `storage-full`.
 */
export async function createUpload(
  { sql, store }: FileDeps,
  tenantId: string,
  request: FileRequest,
): Promise<{ file: FileObject; upload: UploadAddress }> {
  const { contentType, bytes, sha256, name } = request;
  const id = newId('file');
  const objectKey = `${tenantId}/in/${id}`;
  const upload = await store.signUpload({ key: objectKey, contentType, bytes, sha256 }, uploadSeconds);
  const row = await insertFile(sql, {
    id,
    tenantId,
    objectKey,
    name: name ?? null,
    contentType,
    bytes,
    sha256: sha256 ?? null,
    unusedSeconds,
  });
  if (row === undefined) throw storageFull(bytes);
  return { file: renderFile(row, null), upload };
}

/** Renders a file, with a signed URL for its bytes once they are uploaded. */
export async function renderWithDownload({ store }: Pick<FileDeps, 'store'>, row: FileRow): Promise<FileObject> {
  return renderFile(row, row.state === 'ready' ? await signDownloadOf(store, row) : null);
}

/** Deletes a file. Its bytes are erased within the next rounds of maintenance. Throws `file-not-found`. */
export async function deleteFile({ sql }: Pick<FileDeps, 'sql'>, tenantId: string, id: string): Promise<void> {
  if (!(await forgetFile(sql, tenantId, id))) throw noSuchFile();
}

/** Returns a signed URL for the output of a completed job when it is a file, else undefined. */
export async function signOutput(
  { sql, store }: FileDeps,
  { tenantId, jobId }: { tenantId: string; jobId: string },
): Promise<string | undefined> {
  const row = await findOutputFile(sql, tenantId, jobId);
  return row === undefined ? undefined : (await signDownloadOf(store, row)).url;
}

/** Reads the bytes of a file for a handler. Throws `file-not-found`, `file-not-uploaded` or `file-too-large`. */
export async function readBytes(
  deps: FileDeps,
  { tenantId, id, bytesMax }: { tenantId: string; id: string; bytesMax: number },
): Promise<{ row: FileRow; bytes: Buffer }> {
  const row = await confirmUpload(deps, tenantId, id);
  if (row.state !== 'ready')
    throw new Problem('file-not-uploaded', { detail: `The bytes of ${id} have not been uploaded yet.` });
  if (row.bytes > bytesMax) {
    throw new Problem('file-too-large', {
      detail: `${id} has ${row.bytes} bytes; a handler may read at most ${bytesMax}.`,
    });
  }
  return { row, bytes: await deps.store.read(row.objectKey, bytesMax) };
}

/**
 * Reads a file and, while it is pending, marks it ready once the store has its bytes: the store announces no upload, so
 * the first use of a file confirms it. Throws `file-not-found`.
 */
export async function confirmUpload(
  { sql, store, retentionDays }: FileDeps,
  tenantId: string,
  id: string,
): Promise<FileRow> {
  const row = await findFile(sql, tenantId, id);
  if (row === undefined) throw noSuchFile();
  if (row.state === 'ready') return row;
  const stored = await store.stat(row.objectKey);
  // The store itself rejects an upload with another length or checksum than announced.
  if (stored === undefined || stored.bytes !== row.bytes) return row;
  const arrival = { id, ...stored, keepSeconds: retentionDays * 86_400 };
  return (await noteArrival(sql, arrival)) ?? (await findFile(sql, tenantId, id)) ?? row;
}

function signDownloadOf(store: ObjectStore, row: FileRow): Promise<DownloadAddress> {
  const { objectKey: key, contentType, name, id } = row;
  // A client that saves the file under this name must not be led to another folder, and see it as it is.
  const safeName = toShownText(name ?? id).replaceAll(/[/\\]/g, '_');
  return store.signDownload({ key, contentType, name: safeName, expiresInSeconds: downloadSeconds });
}

function renderFile(row: FileRow, download: DownloadAddress | null): FileObject {
  const { id, state, name, contentType, bytes, sha256, createdAt, expiresAt, jobId } = row;
  return {
    id,
    state,
    name,
    contentType,
    bytes,
    sha256,
    createdAt,
    expiresAt,
    jobId,
    download: download && { url: download.url, expiresAt: formatTime(download.expiresAt) },
  };
}

/** Bytes of deleted files are erased within this time, unless their address is still open. */
const freedAfterSeconds = 60;

export function storageFull(bytes: number): Problem {
  const detail =
    `The plan has no room for ${bytes} bytes more: GET /v1/usage shows what is stored and promised. ` +
    'Delete files or jobs that have some, or wait until unused upload addresses lapse, an hour after they were made.';
  return new Problem('storage-full', { detail, retryAfterSeconds: freedAfterSeconds });
}

function noSuchFile(): Problem {
  return new Problem('file-not-found');
}
