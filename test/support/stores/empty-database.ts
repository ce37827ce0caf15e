import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import postgres, { type Sql } from 'postgres';
import { inject, onTestFinished } from 'vitest';
import { root } from '../root.ts';

export interface EmptyDatabase {
  name: string;
  url: string;
  /** Hands out timestamps and JSON as the driver does by default. */
  sql: Sql;
}

/** A database without any table, dropped when the test is over. */
export async function emptyDatabase(): Promise<EmptyDatabase> {
  const { adminUrl } = inject('runStores');
  const name = `empty_${randomBytes(6).toString('hex')}`;
  const admin = postgres(adminUrl, { max: 1, onnotice: () => {} });
  await admin`CREATE DATABASE ${admin(name)} TEMPLATE template0 STRATEGY file_copy`;
  const url = adminUrl.replace(/[^/]+$/, name);
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  onTestFinished(async () => {
    await sql.end();
    await admin`DROP DATABASE ${admin(name)} WITH (FORCE)`;
    await admin.end();
  });
  return { name, url, sql };
}

/** Runs a file of `test/fixtures/schemas`. */
export async function runSchemaFile(sql: Sql, file: string): Promise<void> {
  await sql.unsafe(readFileSync(path.join(root, 'test/fixtures/schemas', file), 'utf8'));
}
