import { openStore, eraseExpiredFiles } from '@turno/files';
import type { Postgres } from '@turno/postgres';
import { type ProcessLife, repeat } from '@turno/runtime';
import type { Config } from '../config.ts';
import type { WorkerConstants } from '../constants.ts';
import type { WorkerFiles } from '../execute/handler-files.ts';

const filesPerRound = 500;

/**
 * Opens the file store and starts the erasing of expired files.
 * The task also removes what killed processes left behind.
 */
export async function openFiles(
  settings: Config,
  { closers, log }: ProcessLife,
  { sql, constants }: { sql: Postgres['sql']; constants: WorkerConstants },
): Promise<WorkerFiles> {
  const store = await openStore(settings, sql);
  closers.add('files', () => store.close());
  const files = {
    sql,
    store,
    retentionDays: settings.RETENTION_DAYS,
    readBytesMax: constants.execution.fileReadBytesMax,
  };
  const erasing = repeat(log, { task: 'erase-expired-files', everyMs: constants.files.eraseEveryMs }, async () => {
    while ((await eraseExpiredFiles(files, filesPerRound)) === filesPerRound);
    await store.removeAbandoned();
  });
  closers.add('erasing of files', () => erasing.stop());
  return files;
}
