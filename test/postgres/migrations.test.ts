import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ForeignMigrationsError, migrateDatabase } from '@turno/postgres';
import { expect, test } from 'vitest';
import { emptyDatabase, runSchemaFile } from '../support/stores/empty-database.ts';
import { readCatalog } from '../support/stores/read-catalog.ts';
import { root } from '../support/root.ts';

const folder = path.join(root, 'libs/postgres/migrations');

interface Journal {
  entries: { idx: number; when: number; tag: string; breakpoints: boolean }[];
}

const { entries } = JSON.parse(readFileSync(path.join(folder, 'meta/_journal.json'), 'utf8')) as Journal;

test('The journal of the migrations counts from 0 without a gap, and each entry is later than the one before it', () => {
  expect(entries.map(({ idx }) => idx)).toEqual(entries.map((_, place) => place));
  const times = entries.map(({ when }) => when);
  expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
  expect(entries.every(({ breakpoints }) => breakpoints)).toBe(true);
});

test('Each entry of the journal has one SQL file and one snapshot under its number, and there are no others', () => {
  const numbers = entries.map(({ idx }) => String(idx).padStart(4, '0'));
  expect(entries.map(({ tag }) => tag.slice(0, 5))).toEqual(numbers.map((number) => `${number}_`));
  const sqlFiles = readdirSync(folder).filter((name) => name !== 'meta');
  expect(sqlFiles.sort()).toEqual(entries.map(({ tag }) => `${tag}.sql`));
  const snapshots = readdirSync(path.join(folder, 'meta')).filter((name) => name !== '_journal.json');
  expect(snapshots.sort()).toEqual(numbers.map((number) => `${number}_snapshot.json`));
});

test('A database from before the first release is refused in one line that names it, and nothing in it is changed', async () => {
  const { name, url, sql } = await emptyDatabase();
  await runSchemaFile(sql, 'before-0.1.0.sql');
  await sql`INSERT INTO tenants (id, name) VALUES ('ten_early', 'Early')`;
  const everything = async () => ({
    catalog: await readCatalog(sql),
    journal: await sql`SELECT * FROM drizzle.__drizzle_migrations ORDER BY id`,
    tenants: await sql`SELECT * FROM tenants`,
  });
  const before = await everything();
  const error: unknown = await migrateDatabase(url).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ForeignMigrationsError);
  const { message } = error as Error;
  expect(message).toContain(`The database "${name}" at 127.0.0.1:${new URL(url).port} `);
  expect(message).toContain('DATABASE_URL');
  expect(message).not.toMatch(/\n/);
  expect(message).not.toContain(new URL(url).password);
  expect(await everything()).toEqual(before);
});

test('A database that a newer version has migrated further is left as it is', async () => {
  const { url, sql } = await emptyDatabase();
  await migrateDatabase(url);
  const later = (entries.at(-1)?.when ?? 0) + 1;
  await sql`ALTER TABLE jobs ADD COLUMN of_a_later_version text`;
  await sql`INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ('later', ${later}::bigint)`;
  const before = await readCatalog(sql);
  await migrateDatabase(url);
  expect(await readCatalog(sql)).toEqual(before);
});
