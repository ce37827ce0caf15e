import { newId } from '@turno/contract';
import { type FileRow, insertFile, noteArrival, type NewFile } from '@turno/postgres';
import { type FileDeps, unusedSeconds } from './tenant-files.ts';

export interface MadeFile {
  name: string | null;
  contentType: string;
  bytes: Uint8Array;
}

/** The attempt that makes the file. */
export interface Maker {
  tenantId: string;
  jobId: string;
  ticket: number;
}

/**
 * Stores what an attempt made. It is the job's once the attempt's end is written; until then, and for ever when the attempt lost its
 * job, it is nobody's and goes by itself. The object's name holds the ticket, so a late attempt overwrites nothing.
 */
export async function storeJobFile(
  { sql, store }: Pick<FileDeps, 'sql' | 'store'>,
  { tenantId, jobId, ticket }: Maker,
  { name, contentType, bytes, isOutput = false }: MadeFile & { isOutput?: boolean },
): Promise<FileRow> {
  const id = newId('file');
  const objectKey = `${tenantId}/out/${jobId}/${ticket}/${id}`;
  const size = bytes.length;
  const file: NewFile = { id, tenantId, objectKey, name, contentType, bytes: size, sha256: null, unusedSeconds };
  await insertFile(sql, file, { jobId, ticket, isOutput });
  const stored = await store.write(objectKey, contentType, bytes);
  const row = await noteArrival(sql, { id, ...stored });
  if (row !== undefined) return row;
  await store.remove([objectKey]); // nobody else knows of it any more
  throw new Error(`the file ${id} was deleted while it was written`);
}
