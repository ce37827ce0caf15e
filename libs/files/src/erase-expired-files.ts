import { dropFiles, takeExpiredFiles } from '@turno/postgres';
import { type FileDeps, unusedSeconds } from './tenant-files.ts';

/**
 * Removes the bytes and the rows of files whose time is over: unused uploads, what lost attempts made, files of erased jobs. Rows go last,
 * so a crash in between only makes the next sweep do it again. Returns how many.
 */
export async function eraseExpiredFiles(
  { sql, store }: Pick<FileDeps, 'sql' | 'store'>,
  rowsMax: number,
): Promise<number> {
  const expired = await takeExpiredFiles(sql, rowsMax);
  if (expired.length === 0) return 0;
  await store.remove(expired.map(({ objectKey }) => objectKey));
  await dropFiles(
    sql,
    expired.map(({ id }) => id),
    unusedSeconds,
  );
  return expired.length;
}
