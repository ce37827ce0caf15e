import { openPostgres, schema } from '@turno/postgres';
import { is } from 'drizzle-orm';
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core';
import { expect, test } from 'vitest';
import { stores } from '../support/stores/stores.ts';

test('The migrated database has exactly the columns that the schema in TypeScript has', async () => {
  const { databaseUrl } = await stores();
  const postgres = openPostgres({ url: databaseUrl, poolMax: 1, prepare: true, name: 'schema' });
  const rows = await postgres.sql<{ line: string }[]>`
    SELECT c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
      || CASE WHEN a.attcollation = t.typcollation THEN '' ELSE ' COLLATE ' || quote_ident(l.collname) END
      || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END AS line
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
      JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_collation l ON l.oid = a.attcollation
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped`;
  const tables = Object.values(schema).flatMap((part) => (is(part, PgTable) ? [part as PgTable] : []));
  const described = tables.flatMap((table) => {
    const { name, columns, primaryKeys } = getTableConfig(table);
    const key = new Set(primaryKeys.flatMap((primaryKey) => primaryKey.columns.map((column) => column.name)));
    return columns.map((column) => {
      const notNull = column.notNull || key.has(column.name) ? ' not null' : '';
      return `${name}.${column.name} ${column.getSQLType()}${notNull}`;
    });
  });
  expect(rows.map((row) => row.line).sort()).toEqual(described.sort());
  await postgres.close();
});
