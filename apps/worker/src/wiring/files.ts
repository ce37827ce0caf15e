import { openStore, eraseExpiredFiles } from '@turno/files';
import { type ProcessLife, repeat } from '@turno/runtime';
import type { Config } from '../config.ts';
import type { WorkerFiles } from '../execute/handler-files.ts';
import type { Stores } from './stores.ts';

const filesPerRound = 500;

/** The store of files, and the sweep that removes those whose time is over, and what killed processes left. */
export async function openFiles(
  settings: Config,
  { closers, log }: ProcessLife,
  { postgres: { sql } }: Stores,
): Promise<WorkerFiles> {
  const store = await openStore(settings, sql);
  closers.add('files', () => store.close());
  const files = { sql, store, retentionDays: settings.RETENTION_DAYS, readBytesMax: settings.FILE_READ_BYTES_MAX };
  const sweep = repeat(log, { sweep: 'purge of files', everyMs: settings.FILES_ERASE_EVERY_MS }, async () => {
    while ((await eraseExpiredFiles(files, filesPerRound)) === filesPerRound);
    await store.removeAbandoned();
  });
  closers.add('files sweep', () => sweep.stop());
  return files;
}
