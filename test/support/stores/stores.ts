import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Sql } from 'postgres';
import { expect, inject } from 'vitest';
import { templateDatabase, type RunStores } from './run-stores.ts';

export interface FileStores {
  databaseUrl: string;
  redisUrl: string;
  /** Goes before every key that this file's processes write. */
  redisPrefix: string;
  /** Where its files are, when it makes any. */
  filesDir: string;
}

let made: Promise<FileStores & { database: string }> | undefined;

/** This test file's own database, migrated and empty, and its own part of Redis. Made at the first call. */
export function stores(): Promise<FileStores> {
  made ??= make(inject('runStores'));
  return made;
}

async function make({ adminUrl, redisUrl, dir }: RunStores) {
  const file = path.basename(expect.getState().testPath ?? 'unknown', '.test.ts').replaceAll(/[^a-z0-9]+/g, '_');
  const database = `${file.slice(0, 40)}_${randomBytes(3).toString('hex')}`;
  await asAdmin(
    adminUrl,
    (sql) => sql`CREATE DATABASE ${sql(database)} TEMPLATE ${sql(templateDatabase)} STRATEGY file_copy`,
  );
  return {
    database,
    databaseUrl: adminUrl.replace(/[^/]+$/, database),
    redisUrl,
    redisPrefix: database,
    filesDir: path.join(dir, 'files', database),
  };
}

/** Drops the database, or keeps it for looking at and says its name when the run is over. */
export async function endStores(passed: boolean): Promise<void> {
  if (made === undefined) return;
  const { database } = await made;
  made = undefined;
  const { adminUrl, dir } = inject('runStores');
  if (passed) await asAdmin(adminUrl, (sql) => sql`DROP DATABASE ${sql(database)} WITH (FORCE)`);
  else writeFileSync(path.join(dir, 'failed', database), '');
}

async function asAdmin(url: string, work: (sql: Sql) => Promise<unknown>): Promise<void> {
  // Loaded here, since this file is a part of every test file, and some need no database.
  const { default: postgres } = await import('postgres');
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    await work(sql);
  } finally {
    await sql.end();
  }
}
