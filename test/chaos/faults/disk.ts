import { statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { mountSmallDisk } from '../../support/stores/small-disk.ts';
import { Skipped } from './skipped.ts';
import { openSql } from '../open-sql.ts';
import type { Store } from '../store.ts';

/** Where the jobs stand, when it shall be possible to fill that. */
export interface Disk {
  /** Leaves no byte free for a while. A server that ended meanwhile is started again, as its supervisor would. */
  fillFor(ms: number): Promise<void>;
  unmount(): void;
}

/** Call it before the migration: every table made later stands on this disk. The log of Postgres does not. */
export async function openDisk(dir: string, postgres: Store): Promise<Disk> {
  const disk = mountSmallDisk(path.join(dir, 'disk'), statSync(path.join(dir, 'postgres')).uid);
  if (disk === undefined) return noDisk;
  const sql = openSql(postgres);
  await sql.unsafe(`CREATE TABLESPACE small LOCATION '${disk.folder}'`);
  await sql`ALTER DATABASE turno SET default_tablespace = small`;
  await sql.end();
  return {
    async fillFor(ms) {
      disk.fill();
      await delay(ms);
      disk.free();
      await postgres.start();
    },
    unmount: () => disk.unmount(),
  };
}

export const noDisk: Disk = {
  fillFor: () => Promise.reject(new Skipped('it takes root, to mount a tmpfs')),
  unmount: () => {},
};
