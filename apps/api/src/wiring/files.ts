import { signOutput, type FileDeps, openStore } from '@turno/files';
import { withRequestTimeout, type Postgres } from '@turno/postgres';
import type { ProcessLife } from '@turno/runtime';
import type { Config } from '../config.ts';
import type { JobRoutesDeps } from '../routes/jobs-deps.ts';

export interface Files extends Pick<JobRoutesDeps, 'signOutput'> {
  files: FileDeps;
  fileBytesMax: number;
}

/** The store of files, as far as addresses go: the bytes go past this process. */
export async function openFiles(settings: Config, sql: Postgres['sql'], { closers }: ProcessLife): Promise<Files> {
  const store = await openStore(settings, sql);
  closers.add('files', () => store.close());
  const files = { sql, store, retentionDays: settings.RETENTION_DAYS };
  return {
    files,
    fileBytesMax: settings.FILE_BYTES_MAX,
    signOutput: (key) => withRequestTimeout(signOutput(files, key)),
  };
}
