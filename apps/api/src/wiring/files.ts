import { type FileDeps, openStore } from '@turno/files';
import type { Postgres } from '@turno/postgres';
import type { ProcessLife } from '@turno/runtime';
import type { Config } from '../config.ts';

/** Opens the file store for signed addresses; the bytes never pass through this process. */
export async function openFiles(settings: Config, { closers }: ProcessLife, sql: Postgres['sql']): Promise<FileDeps> {
  const store = await openStore(settings, sql);
  closers.add('files', () => store.close());
  return { sql, store, retentionDays: settings.RETENTION_DAYS };
}
