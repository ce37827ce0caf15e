import { type FileObject, type FileRequest, newId, Problem } from '@turno/contract';
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
  /** A file that was used is kept this long, unless it belongs to a job. */
  retentionDays: number;
}

/** An address is good this long: enough for a large file on a slow link to begin. */
const uploadSeconds = 15 * 60;
const downloadSeconds = 5 * 60;
/** An upload that nobody used is gone after this, and so is what an attempt made that its job did not keep. */
export const unusedSeconds = 3_600;

/** Notes a file and answers with where its bytes go. They never pass through this process. */
export async function createUpload(
  { sql, store }: FileDeps,
  tenantId: string,
  request: FileRequest,
): Promise<{ file: FileObject; upload: UploadAddress }> {
  const { contentType, bytes, sha256, name } = request;
  const id = newId('file');
  const objectKey = `${tenantId}/in/${id}`;
  const upload = await store.addressUpload({ key: objectKey, contentType, bytes, sha256 }, uploadSeconds);
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
  return { file: renderFile(row, null), upload };
}

/** A file as it is now, with an address of its bytes once they are there. Throws `file-not-found`. */
export async function readFile(deps: FileDeps, tenantId: string, id: string): Promise<FileObject> {
  const row = await findArrived(deps, tenantId, id);
  return renderFile(row, row.state === 'ready' ? await addressOf(deps.store, row) : null);
}

export async function deleteFile({ sql }: Pick<FileDeps, 'sql'>, tenantId: string, id: string): Promise<void> {
  if (!(await forgetFile(sql, tenantId, id))) throw noSuchFile();
}

/** Where the output of a completed job is, when it is a file. */
export async function addressOutput(
  { sql, store }: FileDeps,
  { tenantId, jobId }: { tenantId: string; jobId: string },
): Promise<string | undefined> {
  const row = await findOutputFile(sql, tenantId, jobId);
  return row === undefined ? undefined : (await addressOf(store, row)).url;
}

/** The bytes of a file for a handler. Throws `file-not-found`, `file-not-uploaded` and `file-too-large`. */
export async function readBytes(
  deps: FileDeps,
  { tenantId, id, bytesMax }: { tenantId: string; id: string; bytesMax: number },
): Promise<{ row: FileRow; bytes: Buffer }> {
  const row = await findArrived(deps, tenantId, id);
  if (row.state !== 'ready')
    throw new Problem('file-not-uploaded', { detail: `The bytes of ${id} have not come yet.` });
  if (row.bytes > bytesMax) {
    throw new Problem('file-too-large', {
      detail: `${id} has ${row.bytes} bytes; a handler gets at most ${bytesMax}.`,
    });
  }
  return { row, bytes: await deps.store.read(row.objectKey, bytesMax) };
}

/** The first use of an upload finds out whether its bytes have come, and keeps it. */
async function findArrived({ sql, store, retentionDays }: FileDeps, tenantId: string, id: string): Promise<FileRow> {
  const row = await findFile(sql, tenantId, id);
  if (row === undefined) throw noSuchFile();
  if (row.state === 'ready') return row;
  const stored = await store.look(row.objectKey);
  // The store holds an upload to its length and checksum; what is not as announced was never stored.
  if (stored === undefined || stored.bytes !== row.bytes) return row;
  const arrival = { id, ...stored, keepSeconds: retentionDays * 86_400 };
  return (await noteArrival(sql, arrival)) ?? (await findFile(sql, tenantId, id)) ?? row;
}

function addressOf(store: ObjectStore, row: FileRow): Promise<DownloadAddress> {
  const { objectKey: key, contentType, name, id } = row;
  // Who saves a file by the name that comes with it shall not be led to another folder.
  const plain = (name ?? id).replaceAll(/[/\\]/g, '_');
  return store.addressDownload({ key, contentType, name: plain, expiresInSeconds: downloadSeconds });
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
    download: download && { url: download.url, expiresAt: download.expiresAt.toISOString() },
  };
}

function noSuchFile(): Problem {
  return new Problem('file-not-found');
}
