import { fileURLToPath } from 'node:url';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate } from 'drizzle-orm/postgres-js/migrator';
import postgres, { type Sql } from 'postgres';
import { awaitServer, toDriverOptions } from '../connection/index.ts';
import { ForeignMigrationsError } from './foreign-migrations-error.ts';

const migrationsFolder = fileURLToPath(new URL('../../migrations', import.meta.url));

/** Any number will do, as long as no other program takes the same lock. */
const lockKey = 7_201_905_213;

/**
 * Brings the database to the newest schema. Safe to call from many processes at once: one of them migrates under an
 * advisory lock, the others wait for the lock and find nothing to do. A database whose schema is newer than this
 * version's is left as it is. Throws a ForeignMigrationsError, before it changes anything, for a database that other
 * migrations have made.
 */
export async function migrateDatabase(databaseUrl: string): Promise<void> {
  const { links, ...server } = toDriverOptions(databaseUrl);
  const sql = postgres({
    ...server,
    max: 1,
    connect_timeout: 5,
    onnotice: () => {},
    connection: { ...server.connection, application_name: 'turno-migrate' },
  });
  try {
    await awaitServer(sql);
    await sql`SELECT pg_advisory_lock(${lockKey}::bigint)`;
    await refuseForeignMigrations(sql);
    await migrate(drizzle(sql), { migrationsFolder });
  } finally {
    await sql.end({ timeout: 5 });
    links.cut();
  }
}

/**
 * A migration is known by its time in the journal: a checkout may write its file with other line ends, which changes
 * its hash.
 */
async function refuseForeignMigrations(sql: Sql): Promise<void> {
  const [journal] =
    await sql`SELECT FROM pg_tables WHERE schemaname = 'drizzle' AND tablename = '__drizzle_migrations'`;
  if (journal === undefined) return;
  const rows = await sql<{ time: string }[]>`
    SELECT created_at::text AS time FROM drizzle.__drizzle_migrations ORDER BY created_at, id`;
  const ours = readMigrationFiles({ migrationsFolder }).map(({ folderMillis }) => String(folderMillis));
  const isForeign = rows.some(({ time }, index) => index < ours.length && time !== ours[index]);
  if (isForeign) throw new ForeignMigrationsError(sql.options);
}
