import { fileNameCharsMax, newId, toShownText } from '@turno/contract';
import { type FileRow, insertFile, noteArrival, type NewFile } from '@turno/postgres';
import { type FileDeps, storageFull, unusedSeconds } from './tenant-files.ts';

/** A file that an attempt wrote. */
export interface WrittenFile {
  name: string | null;
  contentType: string;
  bytes: Uint8Array;
}

/** The attempt that writes the file. */
export interface Maker {
  tenantId: string;
  jobId: string;
  ticket: number;
}

/**
 * Stores a file that an attempt wrote.
 * It becomes a file of the job with the attempt's result. Without such a result, as when the attempt lost its job, it
 * expires. The object key contains the ticket, so that a late attempt overwrites nothing. Throws `storage-full`.
 */
export async function storeJobFile(
  { sql, store }: Pick<FileDeps, 'sql' | 'store'>,
  { tenantId, jobId, ticket }: Maker,
  { name, contentType, bytes, isOutput = false }: WrittenFile & { isOutput?: boolean },
): Promise<FileRow> {
  const id = newId('file');
  const objectKey = `${tenantId}/out/${jobId}/${ticket}/${id}`;
  const size = bytes.length;
  // No request checked the name: a handler may take it from an input.
  const shownName = name === null ? null : toShownText(name.slice(0, fileNameCharsMax).toWellFormed());
  const file: NewFile = {
    id,
    tenantId,
    objectKey,
    name: shownName,
    contentType,
    bytes: size,
    sha256: null,
    unusedSeconds,
  };
  if ((await insertFile(sql, file, { jobId, ticket, isOutput })) === undefined) throw storageFull(size);
  const stored = await store.write(objectKey, contentType, bytes);
  const row = await noteArrival(sql, { id, ...stored });
  if (row !== undefined) return row;
  await store.remove([objectKey]); // without a row nothing else would remove the object
  throw new Error(`the file ${id} was deleted during its upload`);
}
