import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export type Part = 'api' | 'worker' | 'board' | 'files' | 'postgres' | 'redis';

/** What `DATA_DIR/run.json` tells tools while Turno runs. */
export interface RunFile {
  api: string;
  board: string;
  /** Null when files are in S3. */
  files: string | null;
  ops: string;
  databaseUrl: string;
  redisUrl: string;
  key: string;
  pids: Record<Part, number[]>;
}

/** Only this user may read it, since the key is in it. Readers see the old or the new text, never a half. */
export function writeRunFile(dataDir: string, run: RunFile): void {
  const file = path.join(dataDir, 'run.json');
  writeFileSync(`${file}.new`, `${JSON.stringify(run, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

export function removeRunFile(dataDir: string): void {
  rmSync(path.join(dataDir, 'run.json'), { force: true });
}

/** The pids that an earlier start wrote down and, since it was killed, did not take back. */
export function readLeftPids(dataDir: string): number[] {
  try {
    const { pids } = JSON.parse(readFileSync(path.join(dataDir, 'run.json'), 'utf8')) as Partial<RunFile>;
    return Object.values(pids ?? {}).flat();
  } catch {
    return [];
  }
}
