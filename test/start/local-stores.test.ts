import postgres from 'postgres';
import { expect, test } from 'vitest';
import { stores } from '../support/stores/stores.ts';

test('Each test file has a migrated database of its own', async () => {
  const { databaseUrl } = await stores();
  const sql = postgres(databaseUrl, { max: 1 });
  const [row] = await sql`SELECT current_database() AS name, count(*)::int AS jobs FROM jobs`;
  await sql.end();
  expect(row).toEqual({ name: databaseUrl.split('/').at(-1), jobs: 0 });
});
