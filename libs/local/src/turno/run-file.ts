import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export type Part = 'api' | 'worker' | 'board' | 'files' | 'postgres' | 'redis';

/** The content of `DATA_DIR/run.json`, from which tools read addresses and pids while Turno runs. */
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

/**
 * Writes run.json, readable by this user only, since it contains the API key.
 * Readers never see a half-written file.
 */
export function writeRunFile(dataDir: string, run: RunFile): void {
  const file = path.join(dataDir, 'run.json');
  writeFileSync(`${file}.new`, `${JSON.stringify(run, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** Removes run.json, if it is there. */
export function removeRunFile(dataDir: string): void {
  rmSync(path.join(dataDir, 'run.json'), { force: true });
}

/** Returns the pids in the run.json of an earlier start that was killed; empty after a clean stop. */
export function readRecordedPids(dataDir: string): number[] {
  try {
    const { pids } = JSON.parse(readFileSync(path.join(dataDir, 'run.json'), 'utf8')) as Partial<RunFile>;
    return Object.values(pids ?? {}).flat();
  } catch {
    return [];
  }
}
