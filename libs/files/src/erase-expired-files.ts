import { dropFiles, takeExpiredFiles } from '@turno/postgres';
import { type FileDeps, unusedSeconds } from './tenant-files.ts';

/**
 * Erases the bytes and rows of expired files and returns their number.
 * Expired are unused uploads, files of attempts that lost their job, and files of erased jobs. The rows are deleted
 * last, so that after a crash the next round repeats the work.
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
